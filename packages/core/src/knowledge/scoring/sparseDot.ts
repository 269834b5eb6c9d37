import type { SparseVector } from '../types.ts';

/** Dot product of two sparse vectors: the sum over the places that both have, in their order. */
export function sparseDot(a: SparseVector, b: SparseVector): number {
  let sum = 0;
  let i = 0;
  let j = 0;
  while (i < a.indices.length && j < b.indices.length) {
    const left = a.indices[i] as number;
    const right = b.indices[j] as number;
    if (left === right) sum += (a.values[i] as number) * (b.values[j] as number);
    if (left <= right) i++;
    if (right <= left) j++;
  }
  return sum;
}
