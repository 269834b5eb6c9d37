import { arange, type Tensor } from '@ragwright/torch';
import type { TeachingList } from './lists.ts';
import type { PaddedLists } from './padded.ts';

export const documentOrders = ['labels', 'given'] as const;

/**
 * The order that a list should have. `labels`: by label, highest first, documents with equal labels as they come;
 * `given`: as they come, whatever their labels (sentence-transformers' `respect_input_order`).
 */
export type DocumentOrder = (typeof documentOrders)[number];

/** For each list, its documents in the wanted order; ties keep their order (the sort is stable). */
export function wantedOrders(
  lists: readonly TeachingList[],
  order: DocumentOrder,
): readonly number[][] | undefined {
  if (order === 'given') return undefined;
  return lists.map(({ labels }) =>
    labels.map((_, i) => i).sort((a, b) => (labels[b] as number) - (labels[a] as number)),
  );
}

/**
 * log P(document i is drawn first of those from i on) = s_i − log Σ_{j ≥ i} exp(s_j), for lists in the wanted order:
 * [lists, longest]; 0 where there is no document.
 *
 * In log space with a maximum of its own for each i: a reversed cumulative sum of exponentials would lose the small ones
 * behind a large one. sentence-transformers sums exponentials (inf above 88 in float32) and adds 1e-10 before the
 * logarithm, which drowns logits below −23; here both are exact. Takes [lists, longest, longest] memory.
 */
export function logLikelihoods({ scores, absent, longest }: PaddedLists): Tensor {
  const place = arange(longest, { dtype: 'int64', device: scores.device });
  const [i, j] = [place.unsqueeze(1), place.unsqueeze(0)];
  // Where there is no document, i itself stays: a row of nothing has no logarithm.
  const out = absent.unsqueeze(1).logicalAnd(j.ne(i)).logicalOr(j.lt(i));
  const rest = scores.unsqueeze(1).maskedFill(out, Number.NEGATIVE_INFINITY).logsumexp(2);
  return scores.sub(rest).maskedFill(absent, 0);
}
