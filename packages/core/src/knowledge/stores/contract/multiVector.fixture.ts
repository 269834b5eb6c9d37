import { describe, expect, it } from 'vitest';
import type { EmbeddedChunk, KnowledgeStore, MultiVector, RankedChunk } from '../../types.ts';
import { embedded, makeChunk, makeTokens, makeVector, randomChunks, searchable } from '../chunks.fixture.ts';
import { byRank } from '../ranking.ts';
import { idLists, idsOf, isStoreError, near, type Stores, scored } from './stores.fixture.ts';

const queries = Array.from({ length: 9 }, (_, i) => makeTokens(2000 + 6 * i));

export function multiVectorContract(name: string, stores: Stores): void {
  if (!stores.multiVector) {
    describe(`${name}: token vectors`, () => {
      it('are refused, and the error says which stores have them', async () => {
        const store = await stores.filled(randomChunks(2));
        await expect(store.searchMultiVector(queries, { k: 1 })).rejects.toSatisfy(
          isStoreError('unsupported'),
        );
        const chunks = [embedded(makeChunk('a')), { chunk: makeChunk('b'), tokens: makeTokens(1) }];
        await expect(store.upsert(chunks)).rejects.toSatisfy(isStoreError('unsupported'));
        await expect(store.upsert(chunks)).rejects.toThrow(/memory, lancedb/);
        expect(await store.count()).toBe(2);
      });
    });
    return;
  }
  describe(`${name}: token vectors`, () => {
    it('ranks by MaxSim, exactly, ties by id', async () => {
      const chunks = searchable(randomChunks(60), true);
      const twins = ['t3', 't1', 't2'].map((id) => ({ chunk: makeChunk(id), tokens: makeTokens(78) }));
      const all = [...chunks, ...twins];
      const store = await stores.filled(all);
      for (const k of [1, 2, 7, 1000]) {
        const found = await store.searchMultiVector(queries, { k });
        expect(found.map(scored)).toEqual(queries.map((query) => near(exact(all, query, k))));
      }
      const scaled = { dimensions: 8, data: makeTokens(78).data.map((value) => value * 3) };
      const [found] = await store.searchMultiVector([scaled], { k: 2 });
      expect(idLists([found ?? []])).toEqual([['t1', 't2']]);
      expect(found?.[0]?.score).toBeCloseTo(scaled.data.length / 8, 5);
      const none = { dimensions: 8, data: new Float32Array(0) };
      expect(await store.searchMultiVector([none], { k: 5 })).toEqual([[]]);
      expect(await store.searchMultiVector([], { k: 5 })).toEqual([]);
      const together = await store.searchMultiVector(queries, { k: 4 });
      for (const [i, query] of queries.entries()) {
        expect(await store.searchMultiVector([query], { k: 4 })).toEqual([together[i]]);
      }
    });

    it('finds what a filter lets through', async () => {
      const chunks = searchable(randomChunks(80, 5), true);
      const store = await stores.filled(chunks);
      const filter = { domain: 'cardiology', not: { documentId: 'd3' } };
      const ids = new Set(await idsOf(store.chunks(filter)));
      const passing = chunks.filter(({ chunk }) => ids.has(chunk.id));
      const found = await store.searchMultiVector(queries, { k: 5, filter });
      expect(found.map(scored)).toEqual(queries.map((query) => near(exact(passing, query, 5))));
      expect(found[0]).toHaveLength(5);
    });

    it('follows replacing, deleting and optimize', async () => {
      const now = new Map<string, EmbeddedChunk>();
      const store = await stores.open();
      const put = async (chunks: readonly EmbeddedChunk[]) => {
        await store.upsert(chunks);
        for (const one of chunks) now.set(one.chunk.id, one);
      };
      const check = async () => {
        const found = await store.searchMultiVector(queries, { k: 10 });
        const expected = queries.map((query) => exact([...now.values()], query, 10));
        expect(found.map(scored)).toEqual(expected.map(near));
      };
      await put(searchable(randomChunks(50), true));
      await check();
      const changed = searchable(randomChunks(50), true).slice(0, 30);
      await put(changed.map((one, i) => ({ ...one, ...(i % 3 > 0 && { tokens: makeTokens(500 + i) }) })));
      const { chunk, vector } = changed[0] as (typeof changed)[0];
      await put([{ chunk, vector }]);
      await check();
      await store.delete({ documentId: { in: ['d1', 'd2', 'd3', 'd4', 'd5', 'd6'] } });
      for (const [id, one] of now) if (/^d[1-6]$/.test(one.chunk.documentId)) now.delete(id);
      await check();
      await store.optimize();
      await check();
    });

    it('is enough for a store; emptied, it takes another length', async () => {
      const store = await stores.open();
      expect(await store.searchMultiVector([makeTokens(1)], { k: 3 })).toEqual([[]]);
      const chunks = randomChunks(20).map(({ chunk }, i) => ({ chunk, tokens: makeTokens(i) }));
      await store.upsert(chunks);
      expect(store.dimensions).toBeUndefined();
      const found = await store.searchMultiVector(queries, { k: 5 });
      expect(found.map(scored)).toEqual(queries.map((query) => near(exact(chunks, query, 5))));
      expect(await store.searchDense([makeVector(1)], { k: 3 })).toEqual([[]]);
      await store.upsert([embedded(makeChunk('dense'))]);
      expect(await store.searchDense([makeVector(1)], { k: 3 }).then(idLists)).toEqual([['dense']]);
      await store.delete({});
      await store.upsert([{ chunk: makeChunk('a'), tokens: makeTokens(1, 4) }]);
      expect(await store.searchMultiVector([makeTokens(3, 4)], { k: 3 }).then(idLists)).toEqual([['a']]);
    });

    it('refuses what cannot be compared, and stays as it was', async () => {
      const store = await stores.filled(searchable(randomChunks(3), true));
      const bad: [string, MultiVector][] = [
        ['dimensions', makeTokens(1, 7)],
        ['dimensions', { dimensions: 8, data: makeVector(1, 12) }],
        ['vector', { dimensions: 8, data: Float32Array.of(...makeVector(1), ...new Float32Array(8)) }],
        ['vector', { dimensions: 8, data: makeVector(1, 16).fill(Number.NaN, 9, 10) }],
        ['vector', { dimensions: 8, data: makeVector(1, 16).fill(Number.POSITIVE_INFINITY, 9, 10) }],
      ];
      for (const [reason, tokens] of bad) {
        const chunks = [embedded(makeChunk('good')), { chunk: makeChunk('bad'), tokens }];
        await expect(store.upsert(chunks)).rejects.toSatisfy(isStoreError(reason));
        await expect(store.searchMultiVector([tokens], { k: 1 })).rejects.toSatisfy(isStoreError(reason));
      }
      await expect(store.searchMultiVector([], { k: 0 })).rejects.toSatisfy(isStoreError('option'));
      expect(await store.count()).toBe(3);
      // Of one call, too, all must have one length.
      const empty = await stores.open();
      const two = [1, 2].map((i) => ({ chunk: makeChunk(`${i}`), tokens: makeTokens(i, 4 * i) }));
      await expect(empty.upsert(two)).rejects.toSatisfy(isStoreError('dimensions'));
    });

    it('shows readers whole calls only, while it is written', async () => {
      const place = stores.newPlace();
      const versionOf = (version: number): EmbeddedChunk[] =>
        Array.from({ length: 30 }, (_, i) => ({
          chunk: makeChunk(`v${i}`, { metadata: { version } }),
          tokens: makeTokens(version + 1),
        }));
      const writer = await stores.filled(versionOf(0), place);
      const reader = stores.persistent ? await stores.open(place) : writer;
      let done = false;
      const writing = (async () => {
        for (let version = 1; version <= 4; version++) await writer.upsert(versionOf(version));
        done = true;
      })();
      const query = makeTokens(98);
      while (!done) {
        const [found = []] = await reader.searchMultiVector([query], { k: 100 });
        expect(found).toHaveLength(30);
        for (const { chunk, score } of found) {
          const tokens = makeTokens((chunk.metadata['version'] as number) + 1);
          expect(score).toBeCloseTo(cosineMaxSim(query, tokens), 5);
        }
        expect(new Set(found.map(({ score }) => score)).size).toBe(1);
        await new Promise(setImmediate);
      }
      await writing;
    });

    if (!stores.persistent) return;
    it('is there again when reopened', async () => {
      const place = stores.newPlace();
      const search = (store: KnowledgeStore) => store.searchMultiVector(queries, { k: 6 });
      const first = await stores.filled(searchable(randomChunks(30), true), place);
      const before = await search(first);
      await first.close();
      const second = await stores.open(place);
      expect(await search(second)).toEqual(before);
      await expect(second.upsert([{ chunk: makeChunk('x'), tokens: makeTokens(1, 5) }])).rejects.toSatisfy(
        isStoreError('dimensions'),
      );
    });
  });
}

/** By comparing with everything; without tokens on either side nothing is found. */
const exact = (chunks: readonly EmbeddedChunk[], query: MultiVector, k: number): RankedChunk[] =>
  chunks
    .flatMap(({ chunk, tokens }) =>
      !tokens || tokens.data.length === 0 || query.data.length === 0
        ? []
        : [{ chunk, score: cosineMaxSim(query, tokens) }],
    )
    .sort(byRank)
    .slice(0, k);

/** Written apart from `maxSim`: vector by vector, lengths and all. */
function cosineMaxSim(query: MultiVector, document: MultiVector): number {
  const vectorsOf = ({ dimensions, data }: MultiVector): number[][] =>
    Array.from({ length: data.length / dimensions }, (_, i) => [
      ...data.slice(i * dimensions, (i + 1) * dimensions),
    ]);
  const cosine = (a: number[], b: number[]): number =>
    a.reduce((sum, value, i) => sum + value * (b[i] as number), 0) / (Math.hypot(...a) * Math.hypot(...b));
  return vectorsOf(query).reduce(
    (sum, q) => sum + Math.max(...vectorsOf(document).map((d) => cosine(q, d))),
    0,
  );
}
