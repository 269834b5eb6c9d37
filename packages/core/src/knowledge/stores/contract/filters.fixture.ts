import { describe, expect, it } from 'vitest';
import { makeVector, randomChunks } from '../chunks.fixture.ts';
import { memoryStore } from '../memory/index.ts';
import { idLists, idsOf, type Stores } from './stores.fixture.ts';

export function filtersContract(name: string, stores: Stores): void {
  describe(`${name}: filters`, () => {
    it.each(filters)('%j finds what the definition says', async (filter) => {
      const chunks = randomChunks(60, 5);
      const reference = memoryStore();
      await reference.upsert(chunks);
      const store = await stores.filled(chunks);
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
      const store = await stores.filled(randomChunks(2));
      const filter = { nothing: 1, domain: { like: 'x' }, timestamp: { gt: 'yesterday' } } as never;
      const problems = await store.count(filter).catch((error: unknown) => error);
      expect(problems).toMatchObject({ name: 'ConfigError', problems: { length: 3 } });
      await expect(store.searchDense([makeVector(1)], { k: 1, filter })).rejects.toThrow('filter.nothing');
      await expect(store.delete(filter)).rejects.toThrow('yesterday');
    });
  });
}

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
