import { describe, expect, it } from 'vitest';
import { embedded, makeChunk, makeSparse, makeTokens, makeVector, randomChunks } from '../chunks.fixture.ts';
import { idsOf, isStoreError, type Stores } from './stores.fixture.ts';

export function errorsContract(name: string, stores: Stores): void {
  describe(`${name}: errors`, () => {
    it('refuses vectors that cannot be compared, and stays as it was', async () => {
      const store = await stores.filled(randomChunks(3));
      const bad: [string, Float32Array][] = [
        ['dimensions', makeVector(1, 7)],
        ['vector', new Float32Array(8)],
        ['vector', Float32Array.of(1, 2, Number.NaN, 4, 5, 6, 7, 8)],
        ['vector', Float32Array.of(1, 2, Number.POSITIVE_INFINITY, 4, 5, 6, 7, 8)],
      ];
      for (const [reason, vector] of bad) {
        const chunks = [embedded(makeChunk('good')), { chunk: makeChunk('bad'), vector }];
        await expect(store.upsert(chunks)).rejects.toSatisfy(isStoreError(reason));
        await expect(store.searchDense([vector], { k: 1 })).rejects.toSatisfy(isStoreError(reason));
      }
      expect(await store.count()).toBe(3);
      expect(await store.get(['good'])).toEqual([undefined]);
    });

    it('holds to the length it was opened with', async () => {
      const store = await stores.open(stores.newPlace(), { dimensions: 4 });
      expect(store.dimensions).toBe(4);
      await expect(store.upsert(randomChunks(1))).rejects.toSatisfy(isStoreError('dimensions'));
      await expect(store.searchDense([makeVector(1)], { k: 1 })).rejects.toSatisfy(
        isStoreError('dimensions'),
      );
    });

    it('refuses chunks that no store can keep, and odd options', async () => {
      const store = await stores.filled(randomChunks(2));
      const bad = [
        makeChunk(''),
        makeChunk('a\0'),
        makeChunk('half \ud83d pair'),
        makeChunk('a', { documentId: '' }),
        makeChunk('a', { metadata: { n: Number.NaN } }),
        makeChunk('a', { metadata: { o: {} as never } }),
      ];
      for (const chunk of bad)
        await expect(store.upsert([embedded(chunk)])).rejects.toSatisfy(isStoreError('chunk'));
      for (const k of [0, -1, 1.5, Number.NaN]) {
        await expect(store.searchDense([makeVector(1)], { k })).rejects.toSatisfy(isStoreError('option'));
        await expect(store.searchText(['x'], { k })).rejects.toSatisfy(isStoreError('option'));
        await expect(store.searchSparse([], { k })).rejects.toSatisfy(isStoreError('option'));
      }
      expect(await store.count()).toBe(2);
    });

    it('answers everything with a typed error once closed; closing twice is fine', async () => {
      const store = await stores.filled(randomChunks(2));
      await store.close();
      await store.close();
      const uses: (() => Promise<unknown>)[] = [
        () => store.upsert(randomChunks(1)),
        () => store.delete({}),
        () => store.count(),
        () => store.get(['a']),
        () => idsOf(store.chunks()),
        () => store.searchDense([makeVector(1)], { k: 1 }),
        () => store.searchText(['x'], { k: 1 }),
        () => store.searchSparse([makeSparse(1)], { k: 1 }),
        () => store.searchMultiVector([makeTokens(1)], { k: 1 }),
        () => store.optimize(),
        () => store.readFacts(),
        () => store.writeFacts({ a: 'b' }),
      ];
      for (const use of uses) await expect(use()).rejects.toSatisfy(isStoreError('closed'));
    });
  });
}
