import { Tokenizer as HfTokenizer } from '@huggingface/tokenizers';
import { expect, test } from 'vitest';
import { trainWordPiece } from './trainWordPiece.ts';

const texts = [
  'The heart pumps blood.',
  'Blood tests of the heart and the liver.',
  'heart heart heart liver',
];

test('learns a vocabulary that the tokenizer library reads, with special tokens first', async () => {
  const json = (await trainWordPiece(texts, { vocabSize: 60 })) as never;
  const tokenizer = new HfTokenizer(json, {});
  const { ids, tokens } = tokenizer.encode('the Heart');
  expect(tokens[0]).toBe('[CLS]');
  expect(tokens.at(-1)).toBe('[SEP]');
  expect(tokens).toContain('heart');
  expect(ids[0]).toBe(2);
  expect(tokenizer.encode('☃').tokens).toContain('[UNK]');
});

test('never has more tokens than asked for, and keeps the special ones', async () => {
  const { model } = (await trainWordPiece(texts, { vocabSize: 20 })) as {
    model: { vocab: Record<string, number> };
  };
  expect(Object.keys(model.vocab)).toHaveLength(20);
  expect(model.vocab['[MASK]']).toBe(4);
});

test('refuses texts without words', async () => {
  await expect(trainWordPiece(['', ' '])).rejects.toThrow('no words');
});
