import { expect, test } from 'vitest';
import { createSplitter } from './createSplitter.ts';
import { splitDocument } from './splitDocument.ts';
import { documentOf } from './texts.fixture.ts';
import { byteTokenizer, pieceTokenizer } from './tokenizers.fixture.ts';

const chunksOf = async (text: string, size: number, overlap: number, tokenizer = pieceTokenizer) =>
  splitDocument(documentOf(text), createSplitter({ kind: 'token', size, overlap }, { tokenizer }));

test('windows of exactly so many tokens, exactly so many of them shared', async () => {
  const words = Array.from({ length: 30 }, (_, i) => `w${i}`);
  const chunks = await chunksOf(words.join(' '), 12, 4);
  expect(chunks.map(({ text }) => text)).toEqual([
    words.slice(0, 12).join(' '),
    words.slice(8, 20).join(' '),
    words.slice(16, 28).join(' '),
    words.slice(24, 30).join(' '),
  ]);
});

test('what no token stands for is in a chunk too', async () => {
  const blind = {
    ...pieceTokenizer,
    encodeWithOffsets: (text: string) => pieceTokenizer.encodeWithOffsets(text.replace(/[xyz]/g, ' ')),
  };
  const chunks = await chunksOf('xx a b c d e f g yy h i j k zz', 8, 0, blind);
  expect(chunks.map(({ text }) => text).join(' ')).toBe('xx a b c d e f g yy h i j k zz');
});

test('tokens that are parts of a character do not cut it', async () => {
  for (const { text } of await chunksOf('🔥'.repeat(30), 9, 0, byteTokenizer)) expect(text).toBe('🔥🔥');
});

test('a text beyond the piece that is tokenised at once', async () => {
  const text = 'seven words make up each of these '.repeat(20_000);
  const chunks = await chunksOf(text, 128, 16);
  const counts = chunks.slice(0, -1).map((chunk) => pieceTokenizer.count(chunk.text));
  expect(new Set(counts)).toEqual(new Set([128]));
});
