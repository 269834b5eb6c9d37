import { describe, expect, it } from 'vitest';
import { makeChunk, makeVector, randomChunks, type WithVector } from '../chunks.fixture.ts';
import { memoryStore } from '../memory/index.ts';
import { idLists, rounded, type Stores } from './stores.fixture.ts';

export function searchContract(name: string, stores: Stores): void {
  describe(`${name}: search`, () => {
    it('ranks by cosine, exactly, ties by id', async () => {
      const chunks = randomChunks(50);
      const twins = ['t3', 't1', 't2'].map((id) => ({ chunk: makeChunk(id), vector: makeVector(77) }));
      const store = await stores.filled([...chunks, ...twins]);
      const query = makeVector(77).map((value) => value * 12);
      const [found] = await store.searchDense([query], { k: 2 });
      expect(idLists([found ?? []])).toEqual([['t1', 't2']]);
      expect(found?.[0]?.score).toBeCloseTo(1, 5);
      const [all] = await store.searchDense([query], { k: 1000 });
      expect(all).toHaveLength(53);
      for (const { chunk, score } of all ?? []) {
        const { vector } = [...chunks, ...twins].find((one) => one.chunk.id === chunk.id) as WithVector;
        expect(score).toBeCloseTo(cosine(vector, query), 5);
      }
    });

    it('ranks by BM25 over title, headings and text, like the reference', async () => {
      const chunks = randomChunks(80, 9);
      const reference = memoryStore();
      const store = await stores.open();
      for (const some of [chunks.slice(0, 50), chunks.slice(30)]) {
        await store.upsert(some);
        await reference.upsert(some);
        const queries = ['heart', 'kidneys of the brain brain', 'Under Top', 'unheard', '', 'the'];
        const found = await store.searchText(queries, { k: 20 });
        const expected = await reference.searchText(queries, { k: 20 });
        expect(found.map(rounded)).toEqual(expected.map(rounded));
        expect(found[0]?.length).toBeGreaterThan(5);
        expect(found.slice(3)).toEqual([[], [], []]);
      }
    });

    it('answers many queries as it answers one', async () => {
      const store = await stores.filled(randomChunks(120, 3));
      const vectors = Array.from({ length: 70 }, (_, i) => makeVector(i * 31));
      const texts = Array.from(
        { length: 20 },
        (_, i) => ['fever', 'bone cell', 'virus gene pain'][i % 3] as string,
      );
      const options = { k: 7, filter: { not: { documentId: 'd1' } } };
      const dense = await store.searchDense(vectors, options);
      const text = await store.searchText(texts, options);
      expect(dense).toHaveLength(70);
      for (const i of [0, 1, 33, 63, 64, 69]) {
        const [one] = await store.searchDense([vectors[i] as Float32Array], options);
        expect(rounded(dense[i] ?? [])).toEqual(rounded(one ?? []));
      }
      for (const i of [0, 1, 2, 19]) {
        expect(rounded(text[i] ?? [])).toEqual(
          rounded((await store.searchText([texts[i] as string], options))[0] ?? []),
        );
      }
      expect(await store.searchDense([], { k: 3 })).toEqual([]);
      expect(await store.searchText([], { k: 3 })).toEqual([]);
    });

    it('finds the same after optimize', async () => {
      const chunks = randomChunks(100, 4);
      const store = await stores.filled(chunks.slice(0, 60));
      await store.optimize();
      await store.upsert(chunks.slice(40));
      await store.delete({ documentId: 'd2' });
      const search = async () => [
        ...(await store.searchDense([makeVector(5)], { k: 10 })),
        ...(await store.searchText(['heart virus'], { k: 10 })),
      ];
      const before = await search();
      await store.optimize();
      await store.optimize();
      expect((await search()).map(rounded)).toEqual(before.map(rounded));
      expect(before[0]).toHaveLength(10);
    });
  });
}

function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  a.forEach((value, i) => {
    const other = b[i] as number;
    dot += value * other;
    aa += value * value;
    bb += other * other;
  });
  return dot / Math.sqrt(aa * bb);
}
