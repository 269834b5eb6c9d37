import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../../corpus/chunks/types.ts';
import { compareText } from '../../filters/index.ts';
import { embedded, makeChunk, makeVector, randomChunks } from '../chunks.fixture.ts';
import { idLists, idsOf, type Stores } from './stores.fixture.ts';

export function chunksContract(name: string, stores: Stores): void {
  describe(`${name}: chunks`, () => {
    it('gives back what was put in, field by field', async () => {
      const chunks = [...randomChunks(40), embedded(awkward)];
      const store = await stores.filled(chunks);
      expect(store.dimensions).toBe(8);
      expect(await store.count()).toBe(41);
      const ids = chunks.map(({ chunk }) => chunk.id);
      expect(await store.get([...ids].reverse())).toEqual(chunks.map(({ chunk }) => chunk).reverse());
      expect(await idsOf(store.chunks())).toEqual(ids.sort(compareText));
    });

    it('replaces by id, the last one of a call', async () => {
      const store = await stores.filled([
        embedded(makeChunk('a')),
        embedded(makeChunk('b', { text: 'old zebra' })),
      ]);
      const replaced = await store.upsert([
        embedded(makeChunk('b', { text: 'middle yak' })),
        embedded(makeChunk('b', { text: 'new xerus', metadata: { n: 1, l: ['x'], yes: true, t: 'u' } })),
        embedded(makeChunk('c')),
      ]);
      expect(replaced).toBe(2);
      expect(await store.count()).toBe(3);
      expect((await store.get(['b', 'missing']))[0]?.text).toBe('new xerus');
      expect(await store.get(['missing'])).toEqual([undefined]);
      for (const filter of [{ n: 1 }, { l: { contains: 'x' } }, { yes: true }, { t: 'u' }]) {
        const [[key, value]] = Object.entries(filter) as [[string, never]];
        expect(await idsOf(store.chunks({ [`metadata.${key}`]: value }))).toEqual(['b']);
      }
      expect(await store.searchText(['zebra', 'yak', 'xerus'], { k: 5 }).then(idLists)).toEqual([
        [],
        [],
        ['b'],
      ]);
    });

    it('deletes by filter and counts what was deleted', async () => {
      const store = await stores.filled(randomChunks(60));
      const before = await store.count({ documentId: 'd3' });
      expect(before).toBeGreaterThan(0);
      expect(await store.delete({ documentId: 'd3' })).toBe(before);
      expect(await store.delete({ documentId: 'd3' })).toBe(0);
      expect(await store.count()).toBe(60 - before);
      const [found] = await store.searchDense([makeVector(1)], { k: 100 });
      expect(found?.some(({ chunk }) => chunk.documentId === 'd3')).toBe(false);
      expect(found).toHaveLength(60 - before);
    });

    it('is usable while empty, and again after it was emptied, with vectors of another length too', async () => {
      const store = await stores.open();
      expect(store.dimensions).toBeUndefined();
      expect(await store.count()).toBe(0);
      expect(await store.count({ domain: 'x' })).toBe(0);
      expect(await store.delete({ domain: 'x' })).toBe(0);
      expect(await store.get(['a'])).toEqual([undefined]);
      expect(await idsOf(store.chunks())).toEqual([]);
      expect(await store.searchDense([makeVector(1), makeVector(2)], { k: 3 })).toEqual([[], []]);
      expect(await store.searchText(['heart'], { k: 3 })).toEqual([[]]);
      expect(await store.upsert([])).toBe(0);
      await store.optimize();
      await store.upsert(randomChunks(5));
      expect(await store.delete({})).toBe(5);
      expect(store.dimensions).toBeUndefined();
      expect(await store.searchText(['heart'], { k: 3 })).toEqual([[]]);
      await store.upsert([{ chunk: makeChunk('a', { text: 'heart' }), vector: makeVector(1, 5) }]);
      expect(store.dimensions).toBe(5);
      expect(await store.searchDense([makeVector(1, 5)], { k: 3 }).then(idLists)).toEqual([['a']]);
      expect(await store.searchText(['heart'], { k: 3 }).then(idLists)).toEqual([['a']]);
    });

    it('takes strange ids and values for what they are', async () => {
      const strange = [
        "a'b",
        'a"b',
        "'; DROP TABLE chunks; --",
        '日本語 🙂',
        '\\',
        '%_',
        '$x {y}',
        "')) OR 1=1 --",
        '\n',
      ];
      const chunks = strange.map((text, i) =>
        embedded(makeChunk(text, { domain: text, metadata: { [text]: text, 'k.e"y\'': i } }), i),
      );
      const store = await stores.filled(chunks);
      for (const text of strange) {
        expect(await idsOf(store.chunks({ id: text }))).toEqual([text]);
        expect(await idsOf(store.chunks({ domain: text }))).toEqual([text]);
        expect(await idsOf(store.chunks({ [`metadata.${text}`]: text }))).toEqual([text]);
      }
      expect(await store.count({ 'metadata.k.e"y\'': { gte: 4 } })).toBe(strange.length - 4);
      expect(await store.get(strange)).toEqual(chunks.map(({ chunk }) => chunk));
      expect(await store.delete({ id: "')) OR 1=1 --" })).toBe(1);
      expect(await store.count()).toBe(strange.length - 1);
    });
  });
}

const awkward: Chunk = makeChunk('awkward', {
  text: 'null \0, half \ud83d, tab\t, \u2028 "quotes" \'single\' \\ back',
  title: 'title \0',
  source: 'dir/ü\0.txt',
  headingPath: ['a', 'b\0'],
  timestamp: 'not a time',
  domain: '',
  boostTags: [],
  metadata: { '': 'empty key', list: [], 'a.b': ['x', ''], yes: false, nul: '\0', big: -1.5e300 },
});
