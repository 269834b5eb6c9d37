import { arange, type Tensor } from '@ragwright/torch';
import type { TeachingList } from './lists.ts';
import { type ListValues, type PaddedLists, padValues } from './padded.ts';

export const documentOrders = ['labels', 'grouped', 'given'] as const;

/**
 * The order that a list should have. `labels`: by label, highest first, documents with equal labels as they come.
 * `grouped`: by label, nothing being said about the order of equal ones. `given`: as they come, whatever their labels
 * (sentence-transformers' `respect_input_order`).
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

/** For each list, the labels in the wanted order where equal ones stand together; undefined: every place is its own. */
export function groupsOf(
  lists: readonly TeachingList[],
  order: DocumentOrder,
): readonly number[][] | undefined {
  if (order !== 'grouped') return undefined;
  return lists.map(({ labels }) => [...labels].sort((a, b) => b - a));
}

/**
 * log P(document i is drawn first of those from i on) = s_i − log Σ_{j ≥ i} exp(s_j), for lists in the wanted order:
 * [lists, longest]; 0 where there is no document. With groups, j runs over those from i on and all of i's group.
 *
 * In log space with a maximum of its own for each i: a reversed cumulative sum of exponentials would lose the small ones
 * behind a large one. sentence-transformers sums exponentials (inf above 88 in float32) and adds 1e-10 before the
 * logarithm, which drowns logits below −23; here both are exact. Takes [lists, longest, longest] memory.
 *
 * @param groups for each list, a number for each place; equal ones are one group
 */
export function logLikelihoods(
  { scores, absent, longest }: PaddedLists,
  groups?: readonly ListValues[],
): Tensor {
  const place = arange(longest, { dtype: 'int64', device: scores.device });
  const [i, j] = [place.unsqueeze(1), place.unsqueeze(0)];
  const drawn = groups ? j.lt(i).logicalAnd(apart(groups).to(scores.device)) : j.lt(i);
  // Where there is no document, i itself stays: a row of nothing has no logarithm.
  const out = absent.unsqueeze(1).logicalAnd(j.ne(i)).logicalOr(drawn);
  const rest = scores.unsqueeze(1).maskedFill(out, Number.NEGATIVE_INFINITY).logsumexp(2);
  return scores.sub(rest).maskedFill(absent, 0);
}

/** bool [lists, longest, longest] on the CPU: not of one group. */
function apart(groups: readonly ListValues[]): Tensor {
  const group = padValues(groups);
  return group.unsqueeze(2).ne(group.unsqueeze(1));
}
