import { expect, test } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import { createSplitter } from './createSplitter.ts';
import { estimateTokens } from './rulers/estimate.ts';
import { documentOf } from './texts.fixture.ts';
import { byteTokenizer, pieceTokenizer } from './tokenizers.fixture.ts';
import type { SplitterConfig } from './types.ts';

function problemsOf(config: unknown): string[] {
  try {
    createSplitter(config as SplitterConfig);
    return [];
  } catch (error) {
    return (error as ConfigError).problems.map(({ field, expected, got }) => `${field}: ${expected}; ${got}`);
  }
}

test('all that is wrong with a config is told at once', () => {
  expect(() => createSplitter({ kind: 'recursive', size: 4 })).toThrow(ConfigError);
  expect(problemsOf({ kind: 'recursive', size: 2, overlap: -1, sise: 3 })).toHaveLength(3);
  expect(problemsOf({ kind: 'recursive', size: 20, overlap: 11 })).toEqual([
    'overlap: at most half of size (10); 11',
  ]);
  expect(problemsOf({ kind: 'token', size: 20 })).toEqual([
    'tokenizer: a tokenizer that tells offsets; none',
  ]);
  expect(problemsOf({ kind: 'semantic', size: 20, overlap: 11 })).toHaveLength(2);
  expect(problemsOf({ kind: 'sentence', size: 20, locale: '???' })).toHaveLength(1);
  expect(problemsOf({ kind: 'auto', size: 20 })).toEqual([]);
});

test('the fingerprint changes with whatever changes the chunks, and with nothing else', () => {
  const base: SplitterConfig = { kind: 'recursive', size: 100 };
  const of = (config: SplitterConfig, counter = pieceTokenizer) =>
    createSplitter(config, { counter }).fingerprint;
  expect(of({ size: 100, overlap: 0, unit: 'tokens', kind: 'recursive' })).toBe(of(base));
  const others = [
    of({ ...base, size: 101 }),
    of({ ...base, overlap: 1 }),
    of({ ...base, unit: 'characters' }),
    of({ ...base, kind: 'auto' }),
    of({ ...base, separators: ['x'] }),
    of(base, byteTokenizer),
    createSplitter(base).fingerprint,
  ];
  expect(new Set([of(base), ...others]).size).toBe(others.length + 1);
});

test('auto follows the format of the document', async () => {
  const splitter = createSplitter({ kind: 'auto', unit: 'characters', size: 12 });
  const text = '# A\n\nbb bb\n\n# C\n\ndd dd';
  expect((await splitter.split(documentOf(text, 'markdown'))).map(({ headingPath }) => headingPath)).toEqual([
    ['A'],
    ['C'],
  ]);
  expect((await splitter.split(documentOf(text)))[0]).not.toHaveProperty('headingPath');
});

test('estimated tokens', () => {
  expect(estimateTokens.count('')).toBe(0);
  expect(estimateTokens.count('abcdefgh')).toBe(2);
  expect(estimateTokens.count('слово')).toBe(3);
  expect(estimateTokens.count('東京')).toBe(2);
});
