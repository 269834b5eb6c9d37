import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../base/rng.ts';
import { createSplitter } from './createSplitter.ts';
import { estimateTokens } from './rulers/estimate.ts';
import { splitDocument } from './splitDocument.ts';
import { documentOf, randomText } from './texts.fixture.ts';
import { byteTokenizer, pieceTokenizer } from './tokenizers.fixture.ts';
import type { Chunk, SplitterConfig, SplitterDependencies, TokenCounter } from './types.ts';

/** One vector for each text, by its letters. */
const embed = async (texts: readonly string[]) =>
  texts.map((text) => Float32Array.from({ length: 8 }, (_, i) => text.split('aeioustr'[i] as string).length));

const withoutOffsets = (counter: TokenCounter): TokenCounter => ({ count: (text) => counter.count(text) });
const characters: TokenCounter = { count: (text) => text.length };
const counters: readonly [string, TokenCounter][] = [
  ['estimate', estimateTokens],
  ['pieces with offsets', pieceTokenizer],
  ['pieces without offsets', withoutOffsets(pieceTokenizer)],
  ['bytes with offsets', byteTokenizer],
  ['bytes without offsets', withoutOffsets(byteTokenizer)],
];

const configs: readonly [string, (size: number, overlap: number) => SplitterConfig][] = [
  ['recursive', (size, overlap) => ({ kind: 'recursive', size, overlap })],
  [
    'recursive by separators',
    (size, overlap) => ({ kind: 'recursive', size, overlap, separators: ['. ', 'a', '🔥'] }),
  ],
  ['sentence', (size, overlap) => ({ kind: 'sentence', size, overlap })],
  ['markdown', (size, overlap) => ({ kind: 'markdown', size, overlap })],
  ['code', (size, overlap) => ({ kind: 'code', size, overlap, language: 'typescript' })],
  ['semantic', (size, overlap) => ({ kind: 'semantic', size, overlap, percentile: 80 })],
];

const isHalved = (text: string, at: number): boolean =>
  /[\ud800-\udbff]/.test(text[at - 1] ?? '') && /[\udc00-\udfff]/.test(text[at] ?? '');

/** What holds for every splitter, text and counter. */
function check(
  text: string,
  chunks: readonly Chunk[],
  counter: TokenCounter,
  size: number,
  overlap: number,
): void {
  const covered = new Uint8Array(text.length);
  for (const [i, chunk] of chunks.entries()) {
    expect(chunk.text).toBe(text.slice(chunk.start, chunk.end));
    expect(chunk.text).toBe(chunk.text.trim());
    expect(chunk.text).not.toBe('');
    expect(chunk.index).toBe(i);
    expect(counter.count(chunk.text)).toBeLessThanOrEqual(size);
    expect(isHalved(text, chunk.start)).toBe(false);
    expect(isHalved(text, chunk.end)).toBe(false);
    covered.fill(1, chunk.start, chunk.end);
    const before = chunks[i - 1];
    if (before === undefined) continue;
    expect(chunk.start).toBeGreaterThan(before.start);
    expect(chunk.end).toBeGreaterThan(before.end);
    const shared = text.slice(chunk.start, Math.max(chunk.start, before.end));
    expect(counter.count(shared)).toBeLessThanOrEqual(overlap);
  }
  for (let i = 0; i < text.length; i++) {
    if (covered[i] === 0) expect(text[i]?.trim()).toBe('');
  }
  expect(new Set(chunks.map(({ id }) => id)).size).toBe(chunks.length);
}

async function checkMany(
  make: (size: number, overlap: number) => SplitterConfig,
  dependencies: SplitterDependencies,
  counter: TokenCounter,
  seed: number,
): Promise<void> {
  const random = new SeededRandom(seed);
  for (let round = 0; round < 20; round++) {
    const text = randomText(random, random.below(300));
    const size = 8 + random.below(random.below(2) ? 12 : 120);
    const overlap = random.below(2) ? 0 : random.below((size >> 1) + 1);
    const chunks = await splitDocument(documentOf(text), createSplitter(make(size, overlap), dependencies));
    check(text, chunks, counter, size, overlap);
  }
}

describe('every chunk is its place in the text, none is too large, and all of the text is in them', () => {
  for (const [name, make] of configs) {
    for (const [counterName, counter] of counters) {
      test(`${name}, ${counterName}`, () => checkMany(make, { counter, embed }, counter, 1));
    }
    test(`${name}, characters`, () =>
      checkMany(
        (size, overlap) => ({ ...make(size, overlap), unit: 'characters' }) as SplitterConfig,
        { embed },
        characters,
        2,
      ));
  }
  for (const tokenizer of [pieceTokenizer, byteTokenizer]) {
    test(`token, ${tokenizer.fingerprint}`, () =>
      checkMany((size, overlap) => ({ kind: 'token', size, overlap }), { tokenizer }, tokenizer, 3));
  }
});
