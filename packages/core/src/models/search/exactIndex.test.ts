import '@ragwright/torch/vitest';
import { memory } from '@ragwright/torch';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../base/rng.ts';
import { cosine, ExactIndex, VectorError } from './index.ts';

function randomVectors(count: number, dimensions: number, seed: number): Float32Array[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: dimensions }, () => random.float() - 0.5),
  );
}

describe('ExactIndex', () => {
  it('finds what a comparison with everything finds, across blocks', () => {
    const documents = randomVectors(20_000, 8, 1); // two blocks
    const queries = randomVectors(150, 8, 2); // two batches
    using index = new ExactIndex(documents);
    const found = index.search(queries, 10);
    expect(found).toHaveLength(150);
    for (const q of [0, 127, 128, 149]) {
      const query = queries[q] as Float32Array;
      const best = documents
        .map((vector, i) => ({ i, score: cosine(query, vector) }))
        .sort((a, b) => b.score - a.score)
        .slice(0, 10);
      expect([...(found[q]?.indexes ?? [])]).toEqual(best.map(({ i }) => i));
      best.forEach(({ score }, rank) => {
        expect(found[q]?.scores[rank]).toBeCloseTo(score, 5);
      });
    }
  });

  it('has fewer neighbours where there are fewer vectors, and none without any', () => {
    using index = new ExactIndex(randomVectors(3, 4, 1));
    expect(index.search(randomVectors(1, 4, 2), 10)[0]?.indexes).toHaveLength(3);
    using empty = new ExactIndex([]);
    expect(empty.search(randomVectors(2, 4, 2), 10).map(({ indexes }) => indexes.length)).toEqual([0, 0]);
    expect(index.search([], 3)).toEqual([]);
    expect(index.search(randomVectors(1, 4, 2), 0)[0]?.indexes).toHaveLength(0);
  });

  it('orders equal vectors by place, and gives a zero vector cosine 0', () => {
    using index = new ExactIndex(
      [
        [0, 0],
        [2, 0],
        [1, 0],
        [-1, 0],
      ].map((v) => Float32Array.from(v)),
    );
    const [found] = index.search([Float32Array.from([5, 0])], 4);
    expect([...(found?.indexes ?? [])]).toEqual([1, 2, 0, 3]);
    expect([...(found?.scores ?? [])]).toEqual([1, 1, 0, -1]);
  });

  it('refuses vectors of another length, and what is not finite', () => {
    const [a, b] = [Float32Array.from([1, 2]), Float32Array.from([1, 2, 3])];
    expect(() => new ExactIndex([a, b])).toThrow(VectorError);
    expect(() => new ExactIndex([a, Float32Array.from([1, Number.NaN])])).toThrow('document 1 is not finite');
    using index = new ExactIndex([a]);
    expect(() => index.search([b], 1)).toThrow('query 0 has 3 dimensions, expected 2');
    expect(() => cosine(a, b)).toThrow(VectorError);
  });

  it('gives its memory back, and leaves nothing of a search', () => {
    const vectors = randomVectors(100, 16, 3);
    expect(() => {
      using index = new ExactIndex(vectors);
      const held = memory().liveTensors;
      index.search(vectors, 5);
      expect(memory().liveTensors).toBe(held);
    }).toLeakNothing();
    expect(() => {
      expect(() => new ExactIndex([...vectors, Float32Array.from([1])])).toThrow(VectorError);
    }).toLeakNothing();
  });

  it('searches many with the event loop running, until it is told to stop', async () => {
    using index = new ExactIndex(randomVectors(10, 4, 1));
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const queries = randomVectors(1000, 4, 2);
    expect(await index.searchMany(queries, 3)).toEqual(index.search(queries, 3));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
    await expect(index.searchMany(queries, 3, { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  });
});
