import { linalgVectorNorm, type Tensor } from '@ragwright/torch';

export const similarities = ['cosine', 'dot'] as const;

/** How alike two embeddings are; the larger, the more alike. */
export type Similarity = (typeof similarities)[number];

/** Below this length a vector has no direction (as in torch.nn.functional.normalize). */
const shortest = 1e-12;

/**
 * x [n, d] with rows of length 1. A zero vector stays zero and gets no gradient: torch's normalize divides by
 * 1e-12 there, and its gradient of 1e12 would drown all others.
 */
export function normalize(x: Tensor): Tensor {
  const length = linalgVectorNorm(x, 2, [1], true);
  return x.div(length.maskedFill(length.lt(shortest), Number.POSITIVE_INFINITY));
}

/** [n, d], [m, d] → [n, m] */
export function similarityMatrix(a: Tensor, b: Tensor, similarity: Similarity): Tensor {
  if (similarity === 'dot') return a.matmul(b.t());
  return normalize(a).matmul(normalize(b).t());
}

/** Row by row: [n, d], [n, d] → [n] */
export function pairwiseSimilarity(a: Tensor, b: Tensor, similarity: Similarity): Tensor {
  if (similarity === 'dot') return a.mul(b).sum([1]);
  return normalize(a).mul(normalize(b)).sum([1]);
}
