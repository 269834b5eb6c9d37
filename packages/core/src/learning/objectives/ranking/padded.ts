import { fromTypedArray, type Tensor } from '@ragwright/torch';
import type { TeachingLists } from './lists.ts';

/** Ragged lists as a matrix: one list a row, filled up on the right. */
export interface PaddedLists {
  /** [lists, longest] of the logits' dtype, on their device; 0 where there is no document. */
  readonly scores: Tensor;
  /** bool [lists, longest]: no document there. */
  readonly absent: Tensor;
  readonly lists: number;
  readonly longest: number;
}

/** Numbers of a list's documents, for `padValues`. */
export type ListValues = ArrayLike<number>;

/**
 * @param orders for each list, which document comes at which place; default as they are
 */
export function padScores({ scores, lists }: TeachingLists, orders?: readonly ListValues[]): PaddedLists {
  const longest = longestOf(lists.map(({ labels }) => labels));
  const places = lists.map(({ start, labels }, i) =>
    Int32Array.from(labels, (_, place) => start + (orders?.[i]?.[place] ?? place)),
  );
  const index = padValues(places, longest).to('int64').flatten();
  const real = padValues(
    lists.map(({ labels }) => new Uint8Array(labels.length).fill(1)),
    longest,
  );
  const absent = real.eq(0).to(scores.device);
  const values = scores.indexSelect(0, index.to(scores.device)).view([lists.length, longest]);
  return { scores: values.maskedFill(absent, 0), absent, lists: lists.length, longest };
}

/**
 * [lists, longest] in float64 on the CPU (rounded to float32, two labels that differ may be equal); 0 where there is no
 * document.
 */
export function padValues(values: readonly ListValues[], longest = longestOf(values)): Tensor {
  const matrix = new Float64Array(values.length * longest);
  for (const [i, list] of values.entries()) matrix.set(list, i * longest);
  return fromTypedArray(matrix, [values.length, longest]);
}

/** The values as constants beside these scores. */
export const besides = (values: Tensor, scores: Tensor): Tensor => values.to(scores.dtype).to(scores.device);

function longestOf(values: readonly ListValues[]): number {
  let longest = 0; // a loop: there may be more lists than a call may have arguments
  for (const list of values) longest = Math.max(longest, list.length);
  return longest;
}
