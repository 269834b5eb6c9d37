import type { Tensor } from '@ragwright/torch';
import type { TeachingList } from './lists.ts';
import { padValues } from './padded.ts';

/**
 * Gain of each document as a part of the best DCG that its list could have at k: G_i = (2^y_i − 1) / maxDCG,
 * [lists, longest] in float64 on the CPU. 0 where the list has no document above grade 0.
 *
 * @param k places that count; default all
 */
export function idealGains(lists: readonly TeachingList[], k = Number.POSITIVE_INFINITY): Tensor {
  return padValues(
    lists.map(({ labels }) => {
      const gains = labels.map((label) => 2 ** label - 1);
      const best = [...gains].sort((a, b) => b - a).slice(0, k);
      const ideal = best.reduce((sum, gain, place) => sum + gain / Math.log2(place + 2), 0);
      return gains.map((gain) => (ideal > 0 ? gain / ideal : 0));
    }),
  );
}
