import { fromTypedArray, type Tensor } from '@ragwright/torch';
import type { TeachingList } from './lists.ts';

/** Labels of all documents, list after list: [P] of the scores' dtype, on their device. */
export function labelsOf(lists: readonly TeachingList[], scores: Tensor): Tensor {
  const labels = Float64Array.from(lists.flatMap(({ labels }) => labels));
  return fromTypedArray(labels, [labels.length]).to(scores.dtype).to(scores.device);
}
