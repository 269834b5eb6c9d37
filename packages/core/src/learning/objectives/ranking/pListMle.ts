import { scope } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../../base/settings.ts';
import { activate } from './activation.ts';
import { type ListMleOptions, listMleSchema, needsOf } from './listMle.ts';
import { listsOf } from './lists.ts';
import { besides, padScores, padValues } from './padded.ts';
import { groupsOf, logLikelihoods, wantedOrders } from './plackettLuce.ts';
import type { RankingObjective } from './types.ts';

/** `default`: 2^(n − rank) − 1; `logarithmic`: 1 / log₂(2 + rank), as in nDCG; both over their sum; rank from 0. */
export type PositionWeighting = 'default' | 'logarithmic' | 'none';

export interface PListMleOptions extends ListMleOptions {
  /** How much each place counts; default default. `none` is ListMLE. */
  readonly weighting?: PositionWeighting;
}

const schema = listMleSchema.extend({
  weighting: z.enum(['default', 'logarithmic', 'none']).default('default'),
});

/**
 * Position-aware ListMLE (Lan et al., UAI 2014): ListMLE in which the places at the top count most.
 *
 *     L = − mean over lists of Σ_i w_i · (s_i − log Σ_{j ≥ i} exp(s_j)),   documents in the wanted order
 *     w_i = (2^(n − i) − 1) / Σ_j (2^(n − j) − 1),   i = 0 … n − 1
 *
 * Ties and lists that are left out: see `listMle`; with order `grouped`, equal labels have the mean of their places'
 * weights. The paper counts i from 1 and does not divide by the sum. This follows sentence-transformers: i from 0, and
 * weights that add up to 1, so that lists of any length count the same. Its powers overflow in float32 and give NaN for
 * lists of more than 127 documents; here they don't.
 */
export function pListMle(options: PListMleOptions = {}): RankingObjective {
  const name = 'PListMLE';
  const settings = parseSettings(schema, options, name);
  const { order, activation, weighting } = settings;
  const needs = needsOf(order);
  return {
    name,
    settings,
    needs,
    loss: (logits, batch) =>
      scope(() => {
        const given = listsOf({ name, needs }, logits, batch);
        const padded = padScores(given, wantedOrders(given.lists, order));
        const scores = activate(padded.scores, activation);
        const groups = groupsOf(given.lists, order);
        const weights = given.lists.map(({ labels }, i) => {
          const each = placeWeights(labels.length, weighting);
          return groups ? meanWithin(groups[i] as number[], each) : each;
        });
        const logP = logLikelihoods({ ...padded, scores }, groups);
        const weighted = logP.mul(besides(padValues(weights), scores));
        return weighted.sum().div(-padded.lists);
      }),
  };
}

/** Weight of each place of a list of n documents. */
function placeWeights(n: number, weighting: PositionWeighting): Float64Array {
  const weights = new Float64Array(n);
  for (let rank = 0; rank < n; rank++) {
    // 2^n is left out above and below: it overflows for long lists.
    weights[rank] = { default: 2 ** -rank - 2 ** -n, logarithmic: 1 / Math.log2(2 + rank), none: 1 }[
      weighting
    ];
  }
  if (weighting === 'none') return weights;
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Each weight replaced by the mean over its group. */
function meanWithin(groups: readonly number[], weights: Float64Array): Float64Array {
  return weights.map((_, i) => {
    const own = weights.filter((_, j) => groups[j] === groups[i]);
    return own.reduce((sum, weight) => sum + weight, 0) / own.length;
  });
}
