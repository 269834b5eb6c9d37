import { afterEach, describe, expect, it } from 'vitest';
import type { Chunk } from '../../corpus/chunks/types.ts';
import { StoreError } from '../errors.ts';
import { compareText } from '../filters/index.ts';
import type { EmbeddedChunk, KnowledgeStore, RankedChunk } from '../types.ts';
import { embedded, makeChunk, makeVector, randomChunks } from './chunks.fixture.ts';
import { memoryStore } from './memory/index.ts';

export interface StoreUnderTest {
  /** Opens the store at a place; what was written there before is still there, unless it keeps nothing. */
  open(place: string, options?: { readonly dimensions?: number }): Promise<KnowledgeStore>;
  /** Whether what was written outlives `close`. */
  readonly persistent: boolean;
}

/** What every store must do. */
export function storeContract(name: string, under: StoreUnderTest): void {
  const opened: KnowledgeStore[] = [];
  let places = 0;
  const newPlace = (): string => `place_${++places}`;
  const open = async (
    place = newPlace(),
    options?: { readonly dimensions?: number },
  ): Promise<KnowledgeStore> => {
    const store = await under.open(place, options);
    opened.push(store);
    return store;
  };
  const filled = async (chunks: readonly EmbeddedChunk[], place?: string): Promise<KnowledgeStore> => {
    const store = await open(place);
    await store.upsert(chunks);
    return store;
  };
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });

  describe(`${name}: chunks`, () => {
    it('gives back what was put in, field by field', async () => {
      const chunks = [...randomChunks(40), embedded(awkward)];
      const store = await filled(chunks);
      expect(store.dimensions).toBe(8);
      expect(await store.count()).toBe(41);
      const ids = chunks.map(({ chunk }) => chunk.id);
      expect(await store.get([...ids].reverse())).toEqual(chunks.map(({ chunk }) => chunk).reverse());
      expect(await idsOf(store.chunks())).toEqual(ids.sort(compareText));
    });

    it('replaces by id, the last one of a call', async () => {
      const store = await filled([embedded(makeChunk('a')), embedded(makeChunk('b', { text: 'old zebra' }))]);
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
      const store = await filled(randomChunks(60));
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
      const store = await open();
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
      const store = await filled(chunks);
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

  describe(`${name}: filters`, () => {
    it.each(filters)('%j finds what the definition says', async (filter) => {
      const chunks = randomChunks(60, 5);
      const reference = memoryStore();
      await reference.upsert(chunks);
      const store = await filled(chunks);
      const expected = await idsOf(reference.chunks(filter));
      expect(await idsOf(store.chunks(filter))).toEqual(expected);
      expect(await store.count(filter)).toBe(expected.length);
      const k = Math.max(1, expected.length);
      const dense = await store.searchDense([makeVector(3)], { k, filter }).then(idLists);
      expect(dense).toEqual(idLists(await reference.searchDense([makeVector(3)], { k, filter })));
      const text = await store.searchText(['heart lung'], { k, filter }).then(idLists);
      expect(text).toEqual(idLists(await reference.searchText(['heart lung'], { k, filter })));
    });

    it('refuses a filter that cannot be meant, with all problems', async () => {
      const store = await filled(randomChunks(2));
      const filter = { nothing: 1, domain: { like: 'x' }, timestamp: { gt: 'yesterday' } } as never;
      const problems = await store.count(filter).catch((error: unknown) => error);
      expect(problems).toMatchObject({ name: 'ConfigError', problems: { length: 3 } });
      await expect(store.searchDense([makeVector(1)], { k: 1, filter })).rejects.toThrow('filter.nothing');
      await expect(store.delete(filter)).rejects.toThrow('yesterday');
    });
  });

  describe(`${name}: search`, () => {
    it('ranks by cosine, exactly, ties by id', async () => {
      const chunks = randomChunks(50);
      const twins = ['t3', 't1', 't2'].map((id) => ({ chunk: makeChunk(id), vector: makeVector(77) }));
      const store = await filled([...chunks, ...twins]);
      const query = makeVector(77).map((value) => value * 12);
      const [found] = await store.searchDense([query], { k: 2 });
      expect(idLists([found ?? []])).toEqual([['t1', 't2']]);
      expect(found?.[0]?.score).toBeCloseTo(1, 5);
      const [all] = await store.searchDense([query], { k: 1000 });
      expect(all).toHaveLength(53);
      for (const { chunk, score } of all ?? []) {
        const { vector } = [...chunks, ...twins].find((one) => one.chunk.id === chunk.id) as EmbeddedChunk;
        expect(score).toBeCloseTo(cosine(vector, query), 5);
      }
    });

    it('ranks by BM25 over title, headings and text, like the reference', async () => {
      const chunks = randomChunks(80, 9);
      const reference = memoryStore();
      const store = await open();
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
      const store = await filled(randomChunks(120, 3));
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
      const store = await filled(chunks.slice(0, 60));
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

  describe(`${name}: errors`, () => {
    it('refuses vectors that cannot be compared, and stays as it was', async () => {
      const store = await filled(randomChunks(3));
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
      const store = await open(newPlace(), { dimensions: 4 });
      expect(store.dimensions).toBe(4);
      await expect(store.upsert(randomChunks(1))).rejects.toSatisfy(isStoreError('dimensions'));
      await expect(store.searchDense([makeVector(1)], { k: 1 })).rejects.toSatisfy(
        isStoreError('dimensions'),
      );
    });

    it('refuses chunks that no store can keep, and odd options', async () => {
      const store = await filled(randomChunks(2));
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
      }
      expect(await store.count()).toBe(2);
    });

    it('answers everything with a typed error once closed; closing twice is fine', async () => {
      const store = await filled(randomChunks(2));
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
        () => store.optimize(),
        () => store.readFacts(),
        () => store.writeFacts({ a: 'b' }),
      ];
      for (const use of uses) await expect(use()).rejects.toSatisfy(isStoreError('closed'));
    });
  });

  describe(`${name}: facts`, () => {
    it('adds, replaces, takes away, and selects by prefix', async () => {
      const store = await open();
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
      const place = newPlace();
      const writer = await filled(versionOf(0), place);
      const reader = under.persistent ? await open(place) : writer;
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
      const place = newPlace();
      const first = await filled(randomChunks(4), place);
      const second = under.persistent ? await open(place) : first;
      const write = (store: KnowledgeStore, from: string) =>
        Array.from({ length: 5 }, (_, i) => store.upsert([embedded(makeChunk(`${from}${i}`), i)]));
      await Promise.all([...write(first, 'x'), ...write(second, 'y')]);
      expect(await first.count()).toBe(14);
      expect(await second.count()).toBe(14);
    });
  });

  if (!under.persistent) return;
  describe(`${name}: reopened`, () => {
    it('has everything again', async () => {
      const place = newPlace();
      const chunks = randomChunks(40);
      const first = await filled(chunks, place);
      await first.writeFacts({ embedder: 'abc' });
      const searches = async (store: KnowledgeStore) => [
        ...(await store.searchDense([makeVector(8)], { k: 10 })),
        ...(await store.searchText(['nerve fever'], { k: 10 })),
      ];
      const before = await searches(first);
      await first.close();
      const second = await open(place);
      expect(second.dimensions).toBe(8);
      expect(await second.readFacts()).toEqual({ embedder: 'abc' });
      expect((await searches(second)).map(rounded)).toEqual(before.map(rounded));
      expect(await idsOf(second.chunks())).toEqual(chunks.map(({ chunk }) => chunk.id));
      await second.upsert(randomChunks(41));
      expect(await second.count()).toBe(41);
      await expect(open(place, { dimensions: 9 })).rejects.toSatisfy(isStoreError('dimensions'));
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

const filters = [
  {},
  { domain: 'cardiology' },
  { domain: "o'clock", documentId: { in: ['d1', 'd2', 'd3'] } },
  { domain: { ne: 'cardiology' } },
  { domain: { exists: false } },
  { title: { exists: true } },
  { title: { gte: 'About g', lt: 'About l' } },
  { id: { in: ['c0001', 'c0007', 'missing', 3] } },
  { id: { in: [] } },
  { source: { gt: 'c0050' } },
  { timestamp: { gte: '2022-01-01', lt: '2024-06-01T00:00:00+02:00' } },
  { timestamp: '2023-04-11T10:00:00.000Z' },
  { timestamp: { exists: false } },
  { boostTags: { contains: 'new' } },
  { boostTags: { exists: true }, not: { boostTags: { contains: 'faq' } } },
  { boostTags: 'new' },
  { 'metadata.year': { gte: 2000, lt: 2010 } },
  { 'metadata.year': { in: [1995, 2001, 2002, '2003'] } },
  { 'metadata.year': { ne: 2001 } },
  { 'metadata.year': { gt: '2000' } },
  { 'metadata.author': 'O\'Hara "x"' },
  { 'metadata.author': { gt: 'Z' } },
  { 'metadata.author': { gt: '\uFFF0' } },
  { 'metadata.reviewed': true },
  { 'metadata.reviewed': { ne: true } },
  { 'metadata.tags': { contains: "c'd" } },
  { 'metadata.tags': { exists: true } },
  { 'metadata.tags': 'a' },
  { 'metadata.mixed': 1 },
  { 'metadata.mixed': '1' },
  { 'metadata.mixed': { in: [true, -2.5] } },
  { 'metadata.mixed': { lte: 1 } },
  { 'metadata.mixed': { exists: false } },
  { 'metadata.unknown': { ne: 'x' } },
  { 'metadata.unknown': { exists: true } },
  { 'metadata.unknown': { lt: 3 } },
  { or: [] },
  { and: [] },
  { not: { or: [{ domain: 'neurology' }, { 'metadata.year': { lt: 2005 } }] } },
  {
    or: [
      { and: [{ domain: 'cardiology' }, { not: { 'metadata.reviewed': true } }] },
      { 'metadata.tags': { contains: 'a' }, 'metadata.year': { gte: 1999.5 } },
    ],
    documentId: { ne: 'd4' },
  },
];

/** The same 30 chunks, each time with another version number and other vectors. */
const versionOf = (version: number): EmbeddedChunk[] =>
  Array.from({ length: 30 }, (_, i) =>
    embedded(makeChunk(`v${i}`, { metadata: { version } }), version * 100 + i),
  );

async function idsOf(chunks: AsyncIterable<Chunk>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of chunks) ids.push(id);
  return ids;
}

const idLists = (lists: readonly (readonly RankedChunk[])[]): string[][] =>
  lists.map((list) => list.map(({ chunk }) => chunk.id));

/** Scores to four digits: stores add up in different precision. */
const rounded = (list: readonly RankedChunk[]) =>
  list.map(({ chunk, score }) => [chunk.id, Number(score.toFixed(4))]);

const isStoreError = (reason: string) => (error: unknown) =>
  error instanceof StoreError && error.reason === reason;

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
