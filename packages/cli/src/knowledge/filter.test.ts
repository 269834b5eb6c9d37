import { type EmbeddedChunk, memoryStore } from '@ragwright/core/knowledge';
import { expect, test } from 'vitest';
import { UsageError } from '../command/errors.ts';
import { style } from '../terminal/style.ts';
import { parseFilters } from './filter.ts';
import { showPassage } from './showPassage.ts';

test('fields of a chunk, metadata, comparisons', () => {
  expect(parseFilters([])).toBeUndefined();
  expect(parseFilters(['title=Heart'])).toEqual({ title: { eq: 'Heart' } });
  expect(parseFilters(['year>=2020', 'draft!=true', 'metadata.a.b=x=y', 'boostTags=faq', 'id=12'])).toEqual({
    and: [
      { 'metadata.year': { gte: 2020 } },
      { not: { 'metadata.draft': { in: [true, 'true'] } } },
      { 'metadata.a.b': { eq: 'x=y' } },
      { boostTags: { contains: 'faq' } },
      { id: { eq: '12' } },
    ],
  });
});

test('what a table holds: rows of a file, a column named domain, numbers that are texts', async () => {
  const row = (line: number, domain: string, year: string | number): EmbeddedChunk => ({
    chunk: {
      id: `c${line}`,
      documentId: `d${line}`,
      index: 0,
      text: 'Some text.',
      start: 0,
      end: 10,
      headingPath: [],
      source: `faq.csv#${line}`,
      metadata: { domain, year },
    },
    vector: Float32Array.of(1, 0),
  });
  const store = memoryStore();
  await store.upsert([row(1, 'blood', '2020'), row(2, 'blood', 2020), row(3, 'food', '2010')]);
  const found = (...texts: string[]) => store.count(parseFilters(texts));
  expect(await found('source=faq.csv')).toBe(3);
  expect(await found('source=faq.csv#2')).toBe(1);
  expect(await found('source=faq')).toBe(0);
  expect(await found('source!=faq.csv')).toBe(0);
  expect(await found('domain=blood')).toBe(2);
  expect(await found('domain!=blood')).toBe(1);
  expect(await found('year=2020')).toBe(2);
  expect(await found('year!=2020', 'domain=food')).toBe(1);
});

test.each(['domain', '=x', 'a=', 'a b=c'])('%s is bad usage', (text) => {
  expect(() => parseFilters([text])).toThrow(UsageError);
});

test('a passage shows its place and the sentences that match, and no control sequences', () => {
  const text = 'First one. Anaemia makes\u001b[2J tired. Last.';
  const start = text.indexOf('Anaemia');
  const end = text.indexOf(' Last');
  const passage = {
    rank: 1,
    score: 0.51234,
    source: 'blood.md',
    title: 'Blood',
    headingPath: ['Blood', 'Anaemia'],
    text,
    highlights: [
      { start, end, text: text.slice(start, end), score: 1, matches: [{ start, end: start + 7 }] },
    ],
  };
  expect(showPassage(passage, style(false))).toBe(
    '1. Blood › Anaemia  0.5123\n   blood.md\n   Anaemia makes\ufffd[2J tired.',
  );
  expect(showPassage(passage, style(true))).toContain('\u001b[33m\u001b[1mAnaemia\u001b[22m\u001b[39m makes');
});
