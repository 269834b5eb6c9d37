import { scope } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../../base/settings.ts';
import { type Activation, activate, activations } from './activation.ts';
import { listsOf } from './lists.ts';
import { logSoftmaxOfLists } from './logSoftmaxOfLists.ts';
import { padScores } from './padded.ts';
import type { RankingObjective } from './types.ts';

export interface MultipleNegativesRankingOptions {
  /** Factor on the activated logits; default 10 (sentence-transformers'). */
  readonly scale?: number;
  /** Of the logits; default sigmoid (sentence-transformers'). */
  readonly activation?: Activation;
  /** Documents of other lists of the batch that each list gets as negatives; default 4 (sentence-transformers'). */
  readonly negatives?: number;
}

const schema = z.strictObject({
  scale: z.number().positive().default(10),
  activation: z.enum(activations).default('sigmoid'),
  negatives: z.number().int().nonnegative().default(4),
});

/**
 * Multiple negatives ranking (InfoNCE; Henderson et al., arXiv 1705.00652) for cross-encoders: document 0 of a list should
 * be picked among the list's documents and some of other lists.
 *
 *     L = − mean over lists of log softmax(scale · activation(s))_0
 *
 * The in-batch negatives stand behind each list when the loss sees it: unlike an embedding, each is a pair of its
 * own to be read, so only some are drawn. The mean is over lists, however long; a list of one document teaches nothing and
 * is left out. As in sentence-transformers, where all lists are of one length. With `sigmoid` and scale 10 the loss is
 * never below log(1 + n·e^−10), and its gradient vanishes for large logits of either sign.
 */
export function multipleNegativesRanking(options: MultipleNegativesRankingOptions = {}): RankingObjective {
  const name = 'MultipleNegativesRanking';
  const settings = parseSettings(schema, options, name);
  const { scale, activation, negatives } = settings;
  const needs = {
    labels: 'positive-first',
    documents: negatives > 0 ? 1 : 2,
    inBatchNegatives: negatives,
  } as const;
  return {
    name,
    settings,
    needs,
    loss: (logits, batch) =>
      scope(() => {
        const { scores, absent, lists } = padScores(listsOf({ name, needs }, logits, batch));
        const logP = logSoftmaxOfLists(activate(scores, activation).mul(scale), absent);
        return logP.narrow(1, 0, 1).sum().div(-lists);
      }),
  };
}
