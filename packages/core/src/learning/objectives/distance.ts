import { cdist, linalgVectorNorm, type Tensor } from '@ragwright/torch';
import { pairwiseSimilarity, similarityMatrix } from './similarity.ts';

export const distances = ['euclidean', 'cosine', 'manhattan'] as const;

/** The length of the difference, 1 − cosine, or the sum of absolute differences; the smaller, the more alike. */
export type Distance = (typeof distances)[number];

/** Row by row: [n, d], [n, d] → [n]. The gradient at two equal vectors is 0. */
export function pairwiseDistance(a: Tensor, b: Tensor, distance: Distance): Tensor {
  if (distance === 'cosine') return pairwiseSimilarity(a, b, 'cosine').neg().add(1);
  return linalgVectorNorm(a.sub(b), distance === 'manhattan' ? 1 : 2, [1]);
}

/** libtorch's `cdist` by differences: by matrix products it loses the digits of small distances. */
const byDifferences = 2;

/** Each with each: [n, d] → [n, n]. The gradient at two equal vectors is 0. */
export function distanceMatrix(x: Tensor, distance: Distance): Tensor {
  if (distance === 'cosine') return similarityMatrix(x, x, 'cosine').neg().add(1);
  return cdist(x, x, distance === 'manhattan' ? 1 : 2, byDifferences);
}
