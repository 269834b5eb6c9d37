import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { definitionOf } from './definition.ts';
import { tokenizerFromJson } from './loadTokenizer.ts';
import { JsonTokenizer } from './tokenizer.ts';

const read = (name: string) =>
  JSON.parse(
    readFileSync(fileURLToPath(new URL(`../../golden/tokenizers/${name}`, import.meta.url)), 'utf8'),
  );
const { texts, pairs } = read('texts.json') as { texts: string[]; pairs: [string, string][] };
const kinds = ['wordpiece', 'cased', 'bytelevel', 'split', 'unigram', 'sentencepiece-bpe'];

interface Cut {
  readonly single: number[];
  readonly pairs: readonly { readonly ids: number[]; readonly segments: number[] }[];
}

describe.each(kinds)("%s is cut as the reference implementation's", (kind) => {
  const tokenizer = tokenizerFromJson(read(`${kind}.json`));
  const { cut } = read(`${kind}.cases.json`) as { cut: Record<string, Cut> };

  test.each(Object.keys(cut))('to %s tokens', (length) => {
    const golden = cut[length] as Cut;
    const maxLength = Number(length);
    expect([...tokenizer.encode(texts[4] as string, { maxLength }).ids]).toEqual(golden.single);
    golden.pairs.forEach(({ ids, segments }, i) => {
      const [first, second] = pairs[i] as [string, string];
      const encoded = tokenizer.encodePair(first, second, { maxLength });
      expect([...encoded.ids]).toEqual(ids);
      expect([...(encoded.segmentIds ?? [])]).toEqual(segments);
    });
  });
});

describe('cutting', () => {
  const tokenizer = tokenizerFromJson(read('wordpiece.json'));
  const long = 'hypertension '.repeat(500);
  const { '[CLS]': cls, '[SEP]': sep } = tokenizer.specialTokens;

  test('keeps the closing special token', () => {
    const { ids } = tokenizer.encode(long, { maxLength: 10 });
    expect([ids.length, ids[0], ids.at(-1)]).toEqual([10, cls, sep]);
  });

  test('is ours to ask for: what tokenizer.json prescribes (128) is not applied', () => {
    expect(read('wordpiece.json').truncation.max_length).toBe(128);
    expect(tokenizer.encode(long).ids.length).toBeGreaterThan(500);
    expect(tokenizer.encode('short').ids.length).toBeLessThan(10); // nor its padding
  });

  test.each([0, 1])('to less than the special tokens (%d) leaves no more than that', (maxLength) => {
    expect(tokenizer.encode(long, { maxLength }).ids).toHaveLength(maxLength);
    expect(tokenizer.encodePair(long, long, { maxLength }).ids).toHaveLength(maxLength);
  });

  test('at the left keeps the end of the text', () => {
    const settings = { lowercase: false, truncationSide: 'left', segments: false } as const;
    const left = new JsonTokenizer(definitionOf('tokenizer.json', read('wordpiece.json'), settings));
    const all = [...left.encode('one two three four').ids];
    const cut = [...left.encode('one two three four', { maxLength: 6 }).ids];
    expect(cut).toEqual([cls, ...all.slice(-5)]);
    expect(left.encodePair('a', 'b').segmentIds).toBeUndefined();
  });
});
