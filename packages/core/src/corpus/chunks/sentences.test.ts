import { expect, test } from 'vitest';
import { createSplitter } from './createSplitter.ts';
import { findSentences } from './sentences.ts';
import { splitDocument } from './splitDocument.ts';
import { documentOf } from './texts.fixture.ts';
import type { SplitterConfig } from './types.ts';

const textsOf = async (text: string, options: Partial<SplitterConfig>) => {
  const splitter = createSplitter({
    kind: 'sentence',
    unit: 'characters',
    size: 40,
    ...options,
  } as SplitterConfig);
  return (await splitDocument(documentOf(text), splitter)).map((chunk) => chunk.text);
};

const text = 'The sea is wide. It is deep too! Is it cold? Yes, mostly. “Then I stay.” So he said.';

test('as many whole sentences as fit', async () => {
  expect(await textsOf(text, {})).toEqual([
    'The sea is wide. It is deep too!',
    'Is it cold? Yes, mostly. “Then I stay.”',
    'So he said.',
  ]);
});

test('overlaps by whole sentences', async () => {
  expect((await textsOf(text, { overlap: 16 }))[1]).toBe('It is deep too! Is it cold? Yes, mostly.');
});

test('a sentence too large for a chunk is broken between words', async () => {
  expect(await textsOf(`Short. L${'long '.repeat(20).slice(1)}end.`, { size: 30 })).toEqual([
    'Short.',
    'Long long long long long long',
    'long long long long long long',
    'long long long long long long',
    'long long end.',
  ]);
});

test('long lines are looked at in pieces, and their sentences are those of the whole line', () => {
  const sentence = 'Every sentence has its own number of words, e.g. this one. ';
  const line = sentence.repeat(500).trim();
  const { starts, ends } = findSentences(line, 'en');
  expect(starts).toHaveLength(500);
  expect(new Set(starts.map((start, i) => line.slice(start, ends[i])))).toEqual(new Set([sentence.trim()]));
});
