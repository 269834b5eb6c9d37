import { describe, expect, it } from 'vitest';
import { sparseDot } from '../../scoring/index.ts';
import type { EmbeddedChunk, KnowledgeStore, RankedChunk, SparseVector } from '../../types.ts';
import { embedded, makeChunk, makeSparse, makeVector, randomChunks, searchable } from '../chunks.fixture.ts';
import { byRank } from '../ranking.ts';
import { idLists, idsOf, isStoreError, rounded, type Stores } from './stores.fixture.ts';

const sparse = (weights: Readonly<Record<number, number>>): SparseVector => ({
  indices: Int32Array.from(Object.keys(weights), Number),
  values: Float32Array.from(Object.values(weights)),
});

/** By comparing with everything. */
const exact = (chunks: readonly EmbeddedChunk[], query: SparseVector, k: number): RankedChunk[] =>
  chunks
    .map((one) => ({ chunk: one.chunk, score: one.sparse ? sparseDot(query, one.sparse) : 0 }))
    .filter(({ score }) => score > 0)
    .sort(byRank)
    .slice(0, k);

const queries = Array.from({ length: 12 }, (_, i) => makeSparse(1000 + i));

export function sparseContract(name: string, stores: Stores): void {
  describe(`${name}: sparse vectors`, () => {
    it('ranks by dot product, exactly, ties by id, only what scores above zero', async () => {
      const chunks = searchable(randomChunks(60), false);
      const twins = ['t3', 't1', 't2'].map((id) => ({
        ...embedded(makeChunk(id)),
        sparse: sparse({ 3: 5, 7: 0.5 }),
      }));
      const other = { ...embedded(makeChunk('minus')), sparse: sparse({ 3: -9, 999999999: 1 }) };
      const all = [...chunks, ...twins, other];
      const store = await stores.filled(all);
      for (const k of [1, 2, 7, 1000]) {
        const found = await store.searchSparse(queries, { k });
        expect(found.map(rounded)).toEqual(queries.map((query) => rounded(exact(all, query, k))));
      }
      const ask = (query: SparseVector, k: number) => store.searchSparse([query], { k }).then(idLists);
      expect(await ask(sparse({ 3: 100 }), 2)).toEqual([['t1', 't2']]);
      expect(await ask(sparse({ 999999999: 1 }), 5)).toEqual([['minus']]);
      expect(await ask(sparse({ 41: 1 }), 5)).toEqual([[]]);
      expect(await ask(sparse({}), 5)).toEqual([[]]);
      expect(await store.searchSparse([], { k: 5 })).toEqual([]);
      // One call answers as many do.
      const together = await store.searchSparse(queries, { k: 4 });
      for (const [i, query] of queries.entries()) {
        expect(await store.searchSparse([query], { k: 4 })).toEqual([together[i]]);
      }
    });

    it('finds what a filter lets through', async () => {
      const chunks = searchable(randomChunks(80, 5), false);
      const store = await stores.filled(chunks);
      const filter = { domain: 'cardiology', not: { documentId: 'd3' } };
      const ids = new Set(await idsOf(store.chunks(filter)));
      expect(ids.size).toBeGreaterThan(5);
      const passing = chunks.filter(({ chunk }) => ids.has(chunk.id));
      const found = await store.searchSparse(queries, { k: 5, filter });
      expect(found.map(rounded)).toEqual(queries.map((query) => rounded(exact(passing, query, 5))));
      expect(found.flat().length).toBeGreaterThan(5);
    });

    it('follows replacing, deleting and optimize', async () => {
      const now = new Map<string, EmbeddedChunk>();
      const store = await stores.open();
      const put = async (chunks: readonly EmbeddedChunk[]) => {
        await store.upsert(chunks);
        for (const one of chunks) now.set(one.chunk.id, one);
      };
      const check = async () => {
        const found = await store.searchSparse(queries, { k: 10 });
        const expected = queries.map((query) => exact([...now.values()], query, 10));
        expect(found.map(rounded)).toEqual(expected.map(rounded));
      };
      await put(searchable(randomChunks(50), false));
      await check();
      // Others take the vectors of before, some have none any more, some get one.
      const changed = searchable(randomChunks(50), false).slice(0, 30).reverse();
      await put(changed.map((one, i) => ({ ...one, ...(i % 3 > 0 && { sparse: makeSparse(500 + i) }) })));
      const { chunk, vector } = changed[0] as (typeof changed)[0];
      await put([{ chunk, vector }]);
      await check();
      await store.optimize();
      await check();
      await store.delete({ documentId: { in: ['d1', 'd2', 'd3', 'd4', 'd5', 'd6'] } });
      for (const [id, one] of now) if (/^d[1-6]$/.test(one.chunk.documentId)) now.delete(id);
      expect(await store.count()).toBe(now.size);
      await check();
      await store.optimize();
      await check();
      // What comes without a vector takes over none that was there before.
      const bare = Array.from({ length: 40 }, (_, i) => ({
        chunk: makeChunk(`n${i}`),
        sparse: makeSparse(i),
      }));
      await put(bare);
      await check();
      const [dense] = await store.searchDense([makeVector(1)], { k: 1000 });
      expect(dense?.filter(({ chunk }) => chunk.id.startsWith('n'))).toEqual([]);
      expect(dense).toHaveLength(now.size - 40);
      await store.delete({});
      expect(await store.searchSparse(queries.slice(0, 2), { k: 3 })).toEqual([[], []]);
    });

    it('is enough for a store, and a vector may come later', async () => {
      const store = await stores.open();
      expect(await store.searchSparse(queries.slice(0, 2), { k: 3 })).toEqual([[], []]);
      const chunks = randomChunks(20).map(({ chunk }, i) => ({ chunk, sparse: makeSparse(i) }));
      expect(await store.upsert(chunks)).toBe(20);
      expect(store.dimensions).toBeUndefined();
      const found = await store.searchSparse(queries, { k: 5 });
      expect(found.map(rounded)).toEqual(queries.map((query) => rounded(exact(chunks, query, 5))));
      expect(await store.searchDense([makeVector(1)], { k: 3 })).toEqual([[]]);
      expect((await store.searchText(['heart'], { k: 3 }))[0]).toHaveLength(3);
      await store.upsert([embedded(makeChunk('dense'))]);
      expect(store.dimensions).toBe(8);
      expect(await store.searchDense([makeVector(1)], { k: 3 }).then(idLists)).toEqual([['dense']]);
      await store.optimize();
      expect((await store.searchSparse(queries, { k: 5 })).map(rounded)).toEqual(found.map(rounded));
      expect(await store.searchDense([makeVector(1)], { k: 3 }).then(idLists)).toEqual([['dense']]);
    });

    it('comes late to a store of vectors', async () => {
      const store = await stores.filled(randomChunks(10));
      expect(await store.searchSparse([sparse({ 1: 1 })], { k: 3 })).toEqual([[]]);
      await store.upsert([{ chunk: makeChunk('late'), sparse: sparse({ 1: 2 }) }]);
      expect((await store.searchSparse([sparse({ 1: 1 })], { k: 3 })).map(rounded)).toEqual([[['late', 2]]]);
      expect((await store.searchDense([makeVector(1)], { k: 100 }))[0]).toHaveLength(10);
    });

    it('refuses what is no sparse vector, and stays as it was', async () => {
      const store = await stores.filled(searchable(randomChunks(3), false));
      const of = (indices: number[], values: number[]): SparseVector => ({
        indices: Int32Array.from(indices),
        values: Float32Array.from(values),
      });
      const bad = [
        of([2, 1], [1, 1]),
        of([1, 1], [1, 1]),
        of([-1, 1], [1, 1]),
        of([1_000_000_000], [1]),
        of([1, 2], [1]),
        of([1], [Number.NaN]),
        of([1], [Number.POSITIVE_INFINITY]),
      ];
      for (const one of bad) {
        const chunks = [embedded(makeChunk('good')), { chunk: makeChunk('bad'), sparse: one }];
        await expect(store.upsert(chunks)).rejects.toSatisfy(isStoreError('vector'));
        await expect(store.searchSparse([one], { k: 1 })).rejects.toSatisfy(isStoreError('vector'));
      }
      await expect(store.upsert([{ chunk: makeChunk('bare') }])).rejects.toSatisfy(isStoreError('vector'));
      await expect(
        store.searchSparse([sparse({ 1: 1 })], { k: 1, filter: { nothing: 1 } as never }),
      ).rejects.toThrow('filter.nothing');
      expect(await store.count()).toBe(3);
    });

    it('shows readers whole calls only, while it is written', async () => {
      const place = stores.newPlace();
      const versionOf = (version: number): EmbeddedChunk[] =>
        Array.from({ length: 30 }, (_, i) => ({
          chunk: makeChunk(`v${i}`, { metadata: { version } }),
          sparse: sparse({ 0: 1 + version, 5: 1 }),
        }));
      const writer = await stores.filled(versionOf(0), place);
      const reader = stores.persistent ? await stores.open(place) : writer;
      let done = false;
      const writing = (async () => {
        for (let version = 1; version <= 6; version++) await writer.upsert(versionOf(version));
        done = true;
      })();
      while (!done) {
        const [found = []] = await reader.searchSparse([sparse({ 0: 1 })], { k: 100 });
        expect(found).toHaveLength(30);
        for (const { chunk, score } of found) expect(score).toBe(1 + (chunk.metadata['version'] as number));
        expect(new Set(found.map(({ score }) => score)).size).toBe(1);
        await new Promise(setImmediate);
      }
      await writing;
    });

    if (!stores.persistent) return;
    it('is there again when reopened', async () => {
      const place = stores.newPlace();
      const chunks = searchable(randomChunks(30), false);
      const search = (store: KnowledgeStore) => store.searchSparse(queries, { k: 6 });
      const first = await stores.filled(chunks, place);
      const before = await search(first);
      await first.close();
      expect(await search(await stores.open(place))).toEqual(before);
    });
  });
}
