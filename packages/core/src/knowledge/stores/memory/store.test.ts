import { expect, it } from 'vitest';
import { makeChunk, makeVector } from '../chunks.fixture.ts';
import { storeContract } from '../contract.fixture.ts';
import { memoryStore } from './index.ts';

storeContract('memory', { open: async (_place, options) => memoryStore(options), persistent: false });

it('scores by the formula of BM25', async () => {
  // N = 3, average length 3; "heart": df 2, "valve": df 1. Stop words don't count.
  const texts = ['heart heart valve', 'the heart and lung', 'bone marrow cells blood'];
  const store = memoryStore({ k1: 0.9, b: 0.4 });
  await store.upsert(texts.map((text, i) => ({ chunk: makeChunk(`${i}`, { text }), vector: makeVector(i) })));
  const [found] = await store.searchText(['valve heart heart'], { k: 3 });
  const norm = (length: number) => 0.9 * (1 - 0.4 + (0.4 * length) / 3);
  const idf = (df: number) => Math.log(1 + (3 - df + 0.5) / (df + 0.5));
  const saturated = (tf: number, length: number) => (tf * 1.9) / (tf + norm(length));
  expect(found?.map(({ chunk }) => chunk.id)).toEqual(['0', '1']);
  expect(found?.[0]?.score).toBeCloseTo(2 * idf(2) * saturated(2, 3) + idf(1) * saturated(1, 3), 10);
  expect(found?.[1]?.score).toBeCloseTo(2 * idf(2) * saturated(1, 2), 10);
  expect(() => memoryStore({ k1: -1, b: 2 })).toThrow(/k1.*\n.*b: expected 0 to 1, got 2/);
});

it('keeps the event loop turning during a long batch', async () => {
  const store = memoryStore();
  const count = 4000;
  await store.upsert(
    Array.from({ length: count }, (_, i) => ({ chunk: makeChunk(`c${i}`), vector: makeVector(i, 256) })),
  );
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  await store.searchDense(
    Array.from({ length: 300 }, (_, i) => makeVector(i, 256)),
    { k: 1 },
  );
  clearInterval(timer);
  expect(turns).toBeGreaterThanOrEqual(3);
});
