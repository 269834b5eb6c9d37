import { scope } from '@ragwright/torch';
import { parseSettings } from '../../../base/settings.ts';
import { listsOf } from './lists.ts';
import { type PairwiseOptions, pairwiseLogistic, pairwiseSchema } from './pairwiseLogistic.ts';
import type { RankingObjective } from './types.ts';

export type RankNetOptions = PairwiseOptions;

/**
 * RankNet (Burges et al., ICML 2005): of two documents of a list, the one with the higher label should have the higher
 * score.
 *
 *     L = mean over pairs with y_i > y_j of log₂(1 + exp(−σ·(s_i − s_j)))
 *
 * The mean is over all such pairs of the batch, as in sentence-transformers: a list with more of them weighs
 * more. Labels may be grades or a teacher's scores, only their order matters; documents with equal labels are no pair, and
 * a list in which all are equal is left out (sentence-transformers gives NaN for a batch of such lists). The paper's
 * logarithm is the natural one, `log: 'natural'`. k and large differences: see `lambda`.
 */
export function rankNet(options: RankNetOptions = {}): RankingObjective {
  const name = 'RankNet';
  const settings = parseSettings(pairwiseSchema, options, name);
  const needs = { labels: 'score', documents: 2, contrast: true } as const;
  return {
    name,
    settings,
    needs,
    loss: (logits, batch) =>
      scope(() => {
        const lists = listsOf({ name, needs }, logits, batch);
        return pairwiseLogistic(lists, { ...settings, scheme: 'none', mu: 1 });
      }),
  };
}
