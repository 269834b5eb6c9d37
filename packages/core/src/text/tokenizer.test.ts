import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { tokenizerFromJson } from './loadTokenizer.ts';

// Golden files: scripts/golden-tokenizers.py
interface Case {
  readonly ids: readonly number[];
  readonly decoded: string;
  readonly offsets: readonly number[];
  readonly special?: readonly number[];
}
interface Cases {
  readonly texts: readonly Case[];
}

const read = (name: string) =>
  JSON.parse(
    readFileSync(fileURLToPath(new URL(`../../golden/tokenizers/${name}`, import.meta.url)), 'utf8'),
  );
const { texts } = read('texts.json') as { texts: string[] };
const kinds = ['wordpiece', 'cased', 'bytelevel', 'split', 'unigram', 'sentencepiece-bpe'];

describe.each(kinds)('%s equals the reference implementation', (kind) => {
  const tokenizer = tokenizerFromJson(read(`${kind}.json`));
  const golden = read(`${kind}.cases.json`) as Cases;

  test.each(texts.map((text, i) => [text.slice(0, 40), text, i] as const))('%j', (_, text, i) => {
    const { ids, special = ids, decoded } = golden.texts[i] as Case;
    expect([...tokenizer.encode(text, { specialTokens: false }).ids]).toEqual(ids);
    expect([...tokenizer.encode(text).ids]).toEqual(special);
    expect(tokenizer.count(text)).toBe(ids.length);
    expect(tokenizer.decode(ids)).toBe(decoded);
  });
});
