import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../base/rng.ts';
import { makeSparse, makeTokens, makeVector } from '../stores/chunks.fixture.ts';
import type { MultiVector, SparseVector } from '../types.ts';
import { maxSim, sparseDot } from './index.ts';

const denseOf = ({ indices, values }: SparseVector): Float64Array => {
  const dense = new Float64Array(64);
  indices.forEach((index, i) => {
    dense[index] = values[i] as number;
  });
  return dense;
};

describe('sparseDot', () => {
  it('is the dot product of the vectors written out', () => {
    for (let seed = 0; seed < 100; seed++) {
      const [a, b] = [makeSparse(seed), makeSparse(seed * 7 + 3)];
      const right = denseOf(b);
      const expected = denseOf(a).reduce((sum, value, i) => sum + value * (right[i] as number), 0);
      expect(sparseDot(a, b)).toBeCloseTo(expected, 12);
      expect(sparseDot(b, a)).toBe(sparseDot(a, b));
    }
    const none = makeSparse(0);
    expect(none.indices).toHaveLength(0);
    expect(sparseDot(none, makeSparse(1))).toBe(0);
  });
});

/** Vector by vector, without any of the tricks. */
function bruteForce(query: MultiVector, document: MultiVector): number {
  let sum = 0;
  for (let q = 0; q < query.data.length / query.dimensions; q++) {
    const dots: number[] = [];
    for (let t = 0; t < document.data.length / query.dimensions; t++) {
      let dot = 0;
      for (let i = 0; i < query.dimensions; i++) {
        dot +=
          (query.data[q * query.dimensions + i] as number) *
          (document.data[t * query.dimensions + i] as number);
      }
      dots.push(dot);
    }
    sum += Math.max(...dots);
  }
  return sum;
}

describe('maxSim', () => {
  it('adds up the best document token of every query token', () => {
    const random = new SeededRandom(5);
    for (let i = 0; i < 60; i++) {
      const dimensions = 1 + random.below(11);
      const tokens = (seed: number): MultiVector => {
        const count = 1 + random.below(6);
        return { dimensions, data: makeVector(seed, count * dimensions) };
      };
      const [a, b] = [tokens(2 * i), tokens(2 * i + 1)];
      expect(maxSim(a, b)).toBeCloseTo(bruteForce(a, b), 6);
    }
  });

  it('has a value without tokens: the lowest for a document, 0 for a query', () => {
    const none = { dimensions: 8, data: new Float32Array(0) };
    const some = makeTokens(3);
    expect(maxSim(some, none)).toBe(-some.data.length / 8);
    expect(maxSim(none, some)).toBe(0);
    expect(maxSim(none, none)).toBe(0);
  });

  it('refuses vectors of two lengths', () => {
    expect(() => maxSim(makeTokens(1, 8), makeTokens(1, 4))).toThrow('expected 8, as in the query, got 4');
  });
});
