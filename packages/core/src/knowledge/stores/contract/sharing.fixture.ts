import { describe, expect, it } from 'vitest';
import type { EmbeddedChunk, KnowledgeStore } from '../../types.ts';
import { embedded, makeChunk, makeVector, randomChunks } from '../chunks.fixture.ts';
import { idsOf, isStoreError, rounded, type Stores } from './stores.fixture.ts';

export function sharingContract(name: string, stores: Stores): void {
  describe(`${name}: facts`, () => {
    it('adds, replaces, takes away, and selects by prefix', async () => {
      const store = await stores.open();
      expect(await store.readFacts()).toEqual({});
      await store.writeFacts({
        embedder: 'abc',
        "it's": '"quoted" \ud83d\ude42 \0',
        'doc:1': 'x',
        __proto__x: 'y',
      });
      await store.writeFacts({ embedder: 'def', 'doc:2': 'z' });
      expect(await store.readFacts()).toEqual({
        embedder: 'def',
        "it's": '"quoted" \ud83d\ude42 \0',
        'doc:1': 'x',
        'doc:2': 'z',
        __proto__x: 'y',
      });
      expect(await store.readFacts('doc:')).toEqual({ 'doc:1': 'x', 'doc:2': 'z' });
      await store.writeFacts({ 'doc:1': '', nothing: '' });
      await store.optimize();
      expect(await store.readFacts('doc:')).toEqual({ 'doc:2': 'z' });
      await store.writeFacts({});
    });
  });

  describe(`${name}: more than one user`, () => {
    it('shows readers whole calls only, while it is written', async () => {
      const place = stores.newPlace();
      const writer = await stores.filled(versionOf(0), place);
      const reader = stores.persistent ? await stores.open(place) : writer;
      let done = false;
      const writing = (async () => {
        for (let version = 1; version <= 6; version++) await writer.upsert(versionOf(version));
        await writer.optimize();
        done = true;
      })();
      const seen: number[] = [];
      while (!done) {
        const [found] = await reader.searchDense([makeVector(0)], { k: 100 });
        const versions = new Set(found?.map(({ chunk }) => chunk.metadata['version']));
        expect(found).toHaveLength(30);
        expect(versions.size).toBe(1);
        seen.push([...versions][0] as number);
        await new Promise(setImmediate);
      }
      await writing;
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      expect(await reader.count({ 'metadata.version': 6 })).toBe(30);
    });

    it('takes writes that come at the same time', async () => {
      const place = stores.newPlace();
      const first = await stores.filled(randomChunks(4), place);
      const second = stores.persistent ? await stores.open(place) : first;
      const write = (store: KnowledgeStore, from: string) =>
        Array.from({ length: 5 }, (_, i) => store.upsert([embedded(makeChunk(`${from}${i}`), i)]));
      await Promise.all([...write(first, 'x'), ...write(second, 'y')]);
      expect(await first.count()).toBe(14);
      expect(await second.count()).toBe(14);
    });
  });

  if (!stores.persistent) return;
  describe(`${name}: reopened`, () => {
    it('has everything again', async () => {
      const place = stores.newPlace();
      const chunks = randomChunks(40);
      const first = await stores.filled(chunks, place);
      await first.writeFacts({ embedder: 'abc' });
      const searches = async (store: KnowledgeStore) => [
        ...(await store.searchDense([makeVector(8)], { k: 10 })),
        ...(await store.searchText(['nerve fever'], { k: 10 })),
      ];
      const before = await searches(first);
      await first.close();
      const second = await stores.open(place);
      expect(second.dimensions).toBe(8);
      expect(await second.readFacts()).toEqual({ embedder: 'abc' });
      expect((await searches(second)).map(rounded)).toEqual(before.map(rounded));
      expect(await idsOf(second.chunks())).toEqual(chunks.map(({ chunk }) => chunk.id));
      await second.upsert(randomChunks(41));
      expect(await second.count()).toBe(41);
      await expect(stores.open(place, { dimensions: 9 })).rejects.toSatisfy(isStoreError('dimensions'));
    });
  });
}

/** The same 30 chunks, each time with another version number and other vectors. */
const versionOf = (version: number): EmbeddedChunk[] =>
  Array.from({ length: 30 }, (_, i) =>
    embedded(makeChunk(`v${i}`, { metadata: { version } }), version * 100 + i),
  );
