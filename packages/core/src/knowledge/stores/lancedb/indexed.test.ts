import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../base/rng.ts';
import { StoreError } from '../../errors.ts';
import type { KnowledgeStore, MultiVector } from '../../types.ts';
import { makeChunk, makeSparse, makeVector, randomChunks } from '../chunks.fixture.ts';
import { memoryStore } from '../memory/index.ts';
import { lanceStore } from './index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ragwright-lance-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const queries = Array.from({ length: 5 }, (_, i) => makeVector(900 + i));
const options = [
  { k: 10 },
  { k: 10, filter: { documentId: 'd3' } },
  { k: 5, filter: { 'metadata.year': { lt: 1992 } } },
  { k: 10, filter: { boostTags: { contains: 'faq' }, domain: { ne: 'neurology' } } },
  { k: 5000 },
];
const idsFound = async (store: KnowledgeStore) =>
  Promise.all(
    options.map(async (one) => {
      const lists = [
        ...(await store.searchDense(queries, one)),
        ...(await store.searchText(['heart', 'virus cell'], one)),
      ];
      return lists.map((list) => list.map(({ chunk }) => chunk.id));
    }),
  );

describe('lancedb with indexes', () => {
  it('finds what looking at every chunk finds: indexed, changed since, and indexed again', async () => {
    const reference = memoryStore();
    // All parts are looked into and all candidates compared, so that the index has to be exact.
    const effort = { probes: 1000, refine: 1000 };
    const store = await lanceStore(join(folder, 'indexed'), { indexAbove: 500, ...effort });
    const chunks = randomChunks(1200, 8);
    for (const one of [reference, store]) await one.upsert(chunks.slice(0, 900));
    await store.optimize();
    expect(await idsFound(store)).toEqual(await idsFound(reference));
    for (const one of [reference, store]) {
      await one.upsert(chunks.slice(800)); // new ones, and replaced ones
      await one.delete({ documentId: 'd5' });
    }
    expect(await idsFound(store)).toEqual(await idsFound(reference));
    await store.optimize();
    expect(await idsFound(store)).toEqual(await idsFound(reference));
    expect(await store.count()).toBe(await reference.count());
    await store.close();
  });

  it.each([64, 60])(
    'misses little of %i dimensions when it looks into a part of them',
    async (dimensions) => {
      const store = await lanceStore(join(folder, `probed-${dimensions}`), { indexAbove: 500, probes: 4 });
      const chunks = randomChunks(3000, 2).map((one, i) => ({ ...one, vector: makeVector(i, dimensions) }));
      await store.upsert(chunks);
      const queries = Array.from({ length: 5 }, (_, i) => makeVector(i, dimensions));
      const exact = await store.searchDense(queries, { k: 10 });
      await store.optimize();
      const found = await store.searchDense(queries, { k: 10 });
      expect(found.map((list) => list[0])).toEqual(exact.map((list) => list[0]));
      const hits = found.flatMap((list, i) => {
        const known = new Set(exact[i]?.map(({ chunk }) => chunk.id));
        return list.filter(({ chunk }) => known.has(chunk.id));
      });
      expect(hits.length / 50).toBeGreaterThan(0.5);
      expect(found.every((list) => list.length === 10)).toBe(true);
      await store.close();
    },
  );

  it('misses little by MaxSim, scores exactly, and finds what came after the index', async () => {
    const store = await lanceStore(join(folder, 'tokens'), { indexAbove: 500, probes: 1 });
    const random = new SeededRandom(4);
    const centres = Array.from({ length: 60 }, (_, i) => makeVector(i, 16));
    const tokens = (count: number): MultiVector => {
      const vectors = Array.from({ length: count }, () =>
        (centres[random.below(60)] as Float32Array).map((value) => value + 0.3 * (random.float() - 0.5)),
      );
      return { dimensions: 16, data: Float32Array.from(vectors.flatMap((vector) => [...vector])) };
    };
    const chunks = randomChunks(1500, 3).map(({ chunk }, i) => ({
      chunk,
      ...(i % 10 === 0 ? { sparse: makeSparse(i) } : { tokens: tokens(2 + random.below(10)) }),
    }));
    const late = { chunk: makeChunk('late'), tokens: tokens(12) };
    const queries = [...Array.from({ length: 6 }, () => tokens(8)), late.tokens];
    await store.upsert(chunks);
    const search = (more = {}) => store.searchMultiVector(queries, { k: 10, ...more });
    const exact = await search();
    const filter = { domain: 'cardiology' };
    const filtered = await search({ filter, k: 100 });
    await store.optimize();
    expect(await readdir(join(folder, 'tokens', 'chunks.lance', '_indices'))).not.toHaveLength(0);
    const found = await search();
    const hits = found.flatMap((list, i) => {
      const known = new Map(exact[i]?.map(({ chunk, score }) => [chunk.id, score]));
      for (const { chunk, score } of list) expect(known.get(chunk.id) ?? score).toBe(score);
      return list.filter(({ chunk }) => known.has(chunk.id));
    });
    expect(hits.length / 70).toBeGreaterThan(0.9);
    expect(found.every((list) => list.length === 10)).toBe(true);
    // With a filter, and for long lists, everything is compared.
    expect(await search({ filter, k: 100 })).toEqual(filtered);
    expect((await search({ k: 2000 }))[0]).toHaveLength(1350);
    await store.upsert([late]);
    expect((await search())[6]?.[0]?.chunk.id).toBe('late');
    await store.delete({ id: 'late' });
    expect((await search())[6]?.some(({ chunk }) => chunk.id === 'late')).toBe(false);
    await store.close();
  });

  it('indexes vectors that only some chunks have', async () => {
    const store = await lanceStore(join(folder, 'gaps'), { indexAbove: 500, probes: 1000, refine: 1000 });
    const reference = memoryStore();
    const chunks = randomChunks(1200, 7).map(({ chunk, vector }, i) =>
      i % 3 === 0 ? { chunk, sparse: makeSparse(i) } : { chunk, vector },
    );
    for (const one of [store, reference]) await one.upsert(chunks);
    await store.optimize();
    expect(await idsFound(store)).toEqual(await idsFound(reference));
    const bare = await lanceStore(join(folder, 'bare'), { indexAbove: 5 });
    await bare.upsert(chunks.filter(({ sparse }) => sparse).slice(0, 20));
    await bare.optimize();
    expect(await bare.searchSparse([makeSparse(3)], { k: 3 })).not.toEqual([[]]);
    for (const one of [store, bare]) await one.close();
  });

  it('lets go of old versions', async () => {
    const place = join(folder, 'versions');
    const store = await lanceStore(place, { keepVersionsMinutes: 0 });
    for (let i = 0; i < 8; i++) await store.upsert(randomChunks(20, i));
    const versions = async () => (await readdir(join(place, 'chunks.lance', '_versions'))).length;
    const before = await versions();
    await store.optimize();
    expect(await versions()).toBeLessThan(before);
    expect(await store.count()).toBe(20);
    await store.close();
  });
});

describe('lancedb, opened wrongly', () => {
  it('says what is wrong with options, all at once', async () => {
    const wrong = {
      table: '../x',
      dimensions: 0,
      probes: 1.5,
      refine: 0,
      indexAbove: -1,
      keepVersionsMinutes: Number.NaN,
    };
    await expect(lanceStore(folder, wrong)).rejects.toThrow(
      /table.*dimensions.*probes.*refine.*indexAbove.*keepVersionsMinutes/s,
    );
    await expect(lanceStore(folder, { language: 'klingon' as never })).rejects.toThrow('english or none');
  });

  it('refuses other terms than it was made with', async () => {
    const place = join(folder, 'language');
    const first = await lanceStore(place, { language: 'none' });
    await first.upsert(randomChunks(3));
    await first.close();
    await expect(lanceStore(place, { language: 'english' })).rejects.toThrow('expected language none');
    const again = await lanceStore(place);
    expect(await again.count()).toBe(3);
    await again.close();
  });

  it('tells a typed error where there can be no store', async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'x');
    const failed = lanceStore(join(file, 'store')).then((store) => store.upsert(randomChunks(1)));
    await expect(failed).rejects.toBeInstanceOf(StoreError);
  });

  it('tells a typed error for a damaged table', async () => {
    const place = join(folder, 'damaged');
    const store = await lanceStore(place);
    await store.upsert(randomChunks(3));
    await store.close();
    const data = join(place, 'chunks.lance', 'data');
    for (const name of await readdir(data)) await writeFile(join(data, name), 'rubbish');
    const failed = lanceStore(place).then((opened) => opened.searchDense([makeVector(1)], { k: 3 }));
    await expect(failed).rejects.toBeInstanceOf(StoreError);
  });
});
