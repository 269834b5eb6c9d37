import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreError } from '../../errors.ts';
import type { KnowledgeStore } from '../../types.ts';
import { makeVector, randomChunks } from '../chunks.fixture.ts';
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
