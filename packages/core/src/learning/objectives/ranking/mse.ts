import { mseLoss, scope } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../../base/settings.ts';
import { type Activation, activate, activations } from './activation.ts';
import { labelsOf } from './labels.ts';
import { listsOf } from './lists.ts';
import type { RankingObjective } from './types.ts';

export interface MseOptions {
  /** Of the logits; default identity (sentence-transformers'): sigmoid for a teacher whose scores are from 0 to 1. */
  readonly activation?: Activation;
}

const schema = z.strictObject({ activation: z.enum(activations).default('identity') });

/**
 * Pointwise distillation: each score should be the teacher's, which is the document's label.
 *
 *     L = mean over documents of (s − t)²
 *
 * The mean is over all documents of the batch. As in sentence-transformers. It also teaches the teacher's scale, which
 * a ranking does not need: `marginMse` or `distillKl` leave the student free in it.
 */
export function mse(options: MseOptions = {}): RankingObjective {
  const name = 'MSE';
  const settings = parseSettings(schema, options, name);
  const needs = { labels: 'score' } as const;
  return {
    name,
    settings,
    needs,
    loss: (logits, batch) =>
      scope(() => {
        const { scores, lists } = listsOf({ name, needs }, logits, batch);
        return mseLoss(activate(scores, settings.activation), labelsOf(lists, scores));
      }),
  };
}
