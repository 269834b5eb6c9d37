import type { SparseVector } from '../../types.ts';

/** Chunks and weights of one term: two growing lists. */
interface WeightedPostings {
  numbers: Uint32Array;
  weights: Float32Array;
  size: number;
}

/**
 * An inverted index over numbered sparse vectors: place → postings. Those of a removed number stay until `renumber`; its
 * score means nothing until then.
 */
export class SparseIndex {
  readonly #postings = new Map<number, WeightedPostings>();

  /** @param number above all numbers that were added before */
  add(number: number, { indices, values }: SparseVector): void {
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i] as number;
      const postings = this.#postings.get(index) ?? emptyPostings();
      this.#postings.set(index, postings);
      if (postings.size === postings.numbers.length) resize(postings, Math.ceil(postings.size * 1.5));
      postings.numbers[postings.size] = number;
      postings.weights[postings.size++] = values[i] as number;
    }
  }

  /** Dot product with every vector, by number; exact, each summed in the order of the places. */
  scores({ indices, values }: SparseVector, count: number): Float64Array {
    const scores = new Float64Array(count);
    for (let i = 0; i < indices.length; i++) {
      const postings = this.#postings.get(indices[i] as number);
      if (postings === undefined) continue;
      const { numbers, weights, size } = postings;
      const value = values[i] as number;
      for (let p = 0; p < size; p++) {
        const number = numbers[p] as number;
        scores[number] = (scores[number] as number) + value * (weights[p] as number);
      }
    }
    return scores;
  }

  /** Gives the vectors new numbers, in the same order; −1 drops one. */
  renumber(numbers: Int32Array): void {
    for (const [index, postings] of this.#postings) {
      let size = 0;
      for (let p = 0; p < postings.size; p++) {
        const number = numbers[postings.numbers[p] as number] as number;
        if (number < 0) continue;
        postings.numbers[size] = number;
        postings.weights[size++] = postings.weights[p] as number;
      }
      postings.size = size;
      if (size === 0) this.#postings.delete(index);
      else resize(postings, Math.max(size, 2));
    }
  }
}

const emptyPostings = (): WeightedPostings => ({
  numbers: new Uint32Array(2),
  weights: new Float32Array(2),
  size: 0,
});

function resize(postings: WeightedPostings, capacity: number): void {
  const { size } = postings;
  const numbers = new Uint32Array(capacity);
  const weights = new Float32Array(capacity);
  numbers.set(postings.numbers.subarray(0, size));
  weights.set(postings.weights.subarray(0, size));
  Object.assign(postings, { numbers, weights });
}
