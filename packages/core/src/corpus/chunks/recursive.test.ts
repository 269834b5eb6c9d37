import { describe, expect, test } from 'vitest';
import { createSplitter } from './createSplitter.ts';
import { splitDocument } from './splitDocument.ts';
import { documentOf } from './texts.fixture.ts';
import { pieceTokenizer } from './tokenizers.fixture.ts';
import type { SplitterConfig, SplitterDependencies } from './types.ts';

const textsOf = async (text: string, config: SplitterConfig, dependencies?: SplitterDependencies) =>
  (await splitDocument(documentOf(text), createSplitter(config, dependencies))).map((chunk) => chunk.text);

const recursive = (size: number, overlap = 0): SplitterConfig => ({
  kind: 'recursive',
  unit: 'characters',
  size,
  overlap,
});

describe('recursive', () => {
  test('breaks at the strongest break that fits', async () => {
    expect(await textsOf('One two three.\n\nFour five\nsix seven. Eight nine', recursive(26))).toEqual([
      'One two three.',
      'Four five',
      'six seven. Eight nine',
    ]);
    expect(await textsOf('Four five six. Seven eight nine ten', recursive(26))).toEqual([
      'Four five six.',
      'Seven eight nine ten',
    ]);
    expect(await textsOf('alpha beta gamma delta', recursive(12))).toEqual(['alpha beta', 'gamma delta']);
    expect(await textsOf('abcdefghijklmnopqrst', recursive(8))).toEqual(['abcdefgh', 'ijklmnop', 'qrst']);
  });

  test('does not leave a heading alone for the sake of a paragraph break', async () => {
    const text = `Title\n\n${'word '.repeat(30).trim()}`;
    expect((await textsOf(text, recursive(100)))[0]).toMatch(/^Title\n\nword/);
  });

  test('ideographs break between any two, best after a full stop', async () => {
    expect(await textsOf('今日は天気がいい。明日も晴れるでしょう', recursive(12))).toEqual([
      '今日は天気がいい。',
      '明日も晴れるでしょう',
    ]);
    expect(await textsOf('東京都千代田区丸の内一丁目', recursive(8))).toEqual([
      '東京都千代田区丸',
      'の内一丁目',
    ]);
  });

  test('what is seen as one character is not cut', async () => {
    const family = '👩‍👩‍👧'; // 8 units
    for (const chunk of await textsOf(family.repeat(20), recursive(20))) expect(chunk.length % 8).toBe(0);
    for (const chunk of await textsOf('e\u0301'.repeat(50), recursive(9)))
      expect(chunk).toMatch(/^(e\u0301)+$/);
  });

  test('overlaps by whole words, as many as fit', async () => {
    const words = Array.from({ length: 40 }, (_, i) => `w${String(i).padStart(2, '0')}`);
    const chunks = await textsOf(words.join(' '), recursive(39, 12));
    expect(chunks[0]).toBe(words.slice(0, 10).join(' '));
    expect(chunks[1]).toBe(words.slice(7, 17).join(' '));
    expect(chunks.at(-1)?.endsWith('w39')).toBe(true);
  });

  test('tokens are those of the tokenizer', async () => {
    const text = 'one two three four five six seven eight nine ten';
    const chunks = await textsOf(text, { kind: 'recursive', size: 8 }, { counter: pieceTokenizer });
    expect(chunks).toEqual(['one two three four five six seven eight', 'nine ten']);
    const withoutOffsets = { count: (part: string) => pieceTokenizer.count(part) };
    expect(await textsOf(text, { kind: 'recursive', size: 8 }, { counter: withoutOffsets })).toEqual(chunks);
  });

  test('own separators, strongest first', async () => {
    const config: SplitterConfig = {
      kind: 'recursive',
      unit: 'characters',
      size: 20,
      separators: ['---', ';'],
    };
    expect(await textsOf('a b c d;e f---g h i;j k l m', config)).toEqual(['a b c d;e f---', 'g h i;j k l m']);
  });

  test('nothing but white space has no chunks, and one that fits is one', async () => {
    expect(await textsOf(' \n\n \u00a0', recursive(8))).toEqual([]);
    expect(await textsOf('\n a\n\nb \n', recursive(8))).toEqual(['a\n\nb']);
  });

  test('a line of 20 MB, a million empty lines and 10 MB of spaces take no longer than other text', async () => {
    const before = performance.now();
    expect(await textsOf('x'.repeat(20_000_000), recursive(1000))).toHaveLength(20_000);
    expect(await textsOf(`a${'\n'.repeat(1_000_000)}b`, recursive(1000))).toEqual(['a', 'b']);
    expect(await textsOf(`a${' '.repeat(10_000_000)}b`, recursive(1000, 100))).toEqual(['a', 'b']);
    expect(performance.now() - before).toBeLessThan(30_000);
  });
});
