import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { tokenizerFromJson } from './loadTokenizer.ts';

// Golden files: scripts/golden-tokenizers.py
const read = (name: string) =>
  JSON.parse(
    readFileSync(fileURLToPath(new URL(`../../golden/tokenizers/${name}`, import.meta.url)), 'utf8'),
  );
const { texts } = read('texts.json') as { texts: string[] };

/**
 * How many tokens may stand elsewhere than the reference says: it leaves a stripped mark to no token, we to the letter
 * it belongs to; and it gives each byte's token the whole character, we give it to the first of them.
 */
const kinds: readonly [kind: string, share: number][] = [
  ['wordpiece', 0.02],
  ['cased', 0],
  ['bytelevel', 0],
  ['split', 0.01],
  ['unigram', 0.01],
  ['sentencepiece-bpe', 0.5],
];

/** [start, end) without the white space at its ends, which only some tokenizers count. */
function trimmed(text: string, start = 0, end = 0): string {
  const part = text.slice(start, end);
  if (part.trim() === '') return 'blank';
  return `${start + part.length - part.trimStart().length}–${end - part.length + part.trimEnd().length}`;
}

describe.each(kinds)('offsets of %s', (kind, share) => {
  const tokenizer = tokenizerFromJson(read(`${kind}.json`));
  const golden = read(`${kind}.cases.json`).texts as { ids: number[]; offsets: number[] }[];

  test('are inside the text, in order, and of the same tokens', () => {
    for (const text of texts) {
      const { ids, starts, ends } = tokenizer.encodeWithOffsets(text);
      expect([...ids]).toEqual([...tokenizer.encode(text, { specialTokens: false }).ids]);
      for (let i = 0; i < ids.length; i++) {
        const [start, end] = [starts[i] as number, ends[i] as number];
        expect(start).toBeLessThanOrEqual(end);
        expect(start).toBeGreaterThanOrEqual(i > 0 ? (starts[i - 1] as number) : 0);
        expect(end).toBeLessThanOrEqual(text.length);
      }
    }
  });

  test("are the reference implementation's", () => {
    let [all, apart] = [0, 0];
    for (const [i, text] of texts.entries()) {
      const { starts, ends } = tokenizer.encodeWithOffsets(text);
      const wanted = golden[i]?.offsets ?? [];
      starts.forEach((start, k) => {
        all++;
        if (trimmed(text, start, ends[k]) !== trimmed(text, wanted[2 * k], wanted[2 * k + 1])) apart++;
      });
    }
    expect(apart / all).toBeLessThanOrEqual(share);
  });

  test('cover the text', () => {
    const text = 'The patient was treated with two courses of chemotherapy.';
    const { starts, ends } = tokenizer.encodeWithOffsets(text);
    const covered = Array.from(text, (character) => character === ' ');
    starts.forEach((start, i) => {
      covered.fill(true, start, ends[i]);
    });
    expect(covered).not.toContain(false);
    expect(Math.max(...Array.from(starts, (start, i) => (ends[i] ?? 0) - start))).toBeLessThan(14);
  });
});
