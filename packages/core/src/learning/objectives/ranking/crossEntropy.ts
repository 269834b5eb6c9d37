import { crossEntropyLoss, scope } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../../base/settings.ts';
import type { RankingBatch } from '../../batches/rankingBatch.ts';
import { ObjectiveError } from '../errors.ts';
import { labelsOf } from './labels.ts';
import { listsOf } from './lists.ts';
import type { RankingObjective } from './types.ts';

export interface CrossEntropyOptions {
  /** ε: the right class has 1 − ε + ε/C of the target, each other ε/C, of C classes; default 0. */
  readonly smoothing?: number;
}

const schema = z.strictObject({ smoothing: z.number().min(0).lt(1).default(0) });

/**
 * Cross-entropy over classes, for cross-encoders with several outputs (entailment, kinds of relevance):
 *
 *     L = − mean over documents of log softmax(s)_class
 *
 * A label is the index of its class. The mean is over all documents of the batch. As in sentence-transformers.
 */
export function crossEntropy(options: CrossEntropyOptions = {}): RankingObjective {
  const name = 'CrossEntropy';
  const settings = parseSettings(schema, options, name);
  const needs = { labels: 'class', outputs: 'several' } as const;
  return {
    name,
    settings,
    needs,
    loss: (logits, batch) =>
      scope(() => {
        const { scores, lists } = listsOf({ name, needs }, logits, batch);
        checkClasses(name, batch, scores.shape[1] as number);
        const classes = labelsOf(lists, scores).to('int64');
        return crossEntropyLoss(scores, classes, undefined, 'mean', undefined, settings.smoothing);
      }),
  };
}

function checkClasses(
  objective: string,
  { rows, indexes }: Pick<RankingBatch, 'rows' | 'indexes'>,
  classes: number,
): void {
  for (const [i, { labels }] of rows.entries()) {
    const document = labels.findIndex((label) => label >= classes);
    if (document < 0) continue;
    throw new ObjectiveError({
      objective,
      row: indexes[i] ?? i,
      document,
      field: 'labels',
      expected: `a class below ${classes}, the number of the model's outputs`,
      got: String(labels[document]),
    });
  }
}
