import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../base/rng.ts';
import { makeChunk } from '../stores/chunks.fixture.ts';
import type { ChunkFilter } from '../types.ts';
import { compareText, matches, parseFilter, timestampMs } from './index.ts';

describe('compareText', () => {
  it('orders as the bytes of UTF-8 do', () => {
    const random = new SeededRandom(7);
    const alphabet = ['', 'a', 'b', 'é', '\uE000', '\uFFFD', '𝒵', '🙂', '\u{10FFFF}', '日'];
    const texts = Array.from({ length: 300 }, () =>
      Array.from({ length: 3 }, () => alphabet[random.below(alphabet.length)]).join(''),
    );
    const byBytes = [...texts].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect([...texts].sort(compareText)).toEqual(byBytes);
  });
});

describe('timestampMs', () => {
  it('takes times without a zone as UTC, on any machine', () => {
    expect(timestampMs('2024-02-01')).toBe(Date.UTC(2024, 1, 1));
    expect(timestampMs('2024-02-01T12:00')).toBe(Date.UTC(2024, 1, 1, 12));
    expect(timestampMs('2024-02-01T12:00:00.500+02:00')).toBe(Date.UTC(2024, 1, 1, 10, 0, 0, 500));
    expect(timestampMs('soon')).toBeUndefined();
  });
});

describe('parseFilter and matches', () => {
  const chunk = makeChunk('c1', {
    domain: 'law',
    timestamp: '2024-05-01T00:00:00Z',
    boostTags: ['new'],
    metadata: { year: 2001, tags: ['a'], ok: false, text: '5' },
  });
  it.each<[ChunkFilter, boolean]>([
    [{}, true],
    [{ domain: 'law', 'metadata.year': 2001 }, true],
    [{ domain: 'law', 'metadata.year': 2002 }, false],
    [{ 'metadata.year': '2001' }, false],
    [{ 'metadata.ok': false }, true],
    [{ 'metadata.missing': { ne: 1 } }, true],
    [{ 'metadata.missing': { exists: false } }, true],
    [{ 'metadata.toString': { exists: true } }, false],
    [{ 'metadata.year': { gt: 2000, lt: 2001 } }, false],
    [{ 'metadata.text': { gt: 4 } }, false],
    [{ timestamp: { gte: '2024-05-01', lt: '2024-05-02' } }, true],
    [{ timestamp: '2024-05-01T02:00:00+02:00' }, true],
    [{ boostTags: { contains: 'new' } }, true],
    [{ 'metadata.text': { contains: '5' } }, false],
    [{ and: [], or: [{ domain: 'law' }] }, true],
    [{ or: [] }, false],
    [{ not: { not: { domain: 'law' } } }, true],
  ])('%j: %s', (filter, expected) => {
    expect(matches(parseFilter(filter), chunk)).toBe(expected);
  });

  it('lists everything that is wrong', () => {
    const filter = {
      text: 'x',
      domain: {},
      'metadata.': 1,
      and: [{ id: { in: 'a' } }, { id: { contains: 3, exists: 'yes', gt: true } }],
      not: 5,
      'metadata.a': Number.NaN,
      or: { domain: 'x' },
    } as never;
    expect(() => parseFilter(filter)).toThrow(
      /filter\.text.*filter\.domain.*metadata\.:.*and\[0\]\.id\.in.*contains.*exists.*gt.*not.*metadata\.a.*or/s,
    );
    for (const wrong of [null, 'x', [], 3]) expect(() => parseFilter(wrong as never)).toThrow('an object');
    let deep: ChunkFilter = { domain: 'x' };
    for (let i = 0; i < 10_000; i++) deep = { not: deep };
    expect(() => parseFilter(deep)).toThrow('filters inside each other');
  });
});
