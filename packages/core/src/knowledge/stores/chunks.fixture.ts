import { SeededRandom } from '../../base/rng.ts';
import type { Chunk } from '../../corpus/chunks/types.ts';
import type { EmbeddedChunk, MultiVector, SparseVector } from '../types.ts';

/** A chunk with a vector at least. */
export type WithVector = EmbeddedChunk & { readonly vector: Float32Array };

/** A chunk with what a test wants to say about it. */
export const makeChunk = (id: string, parts: Partial<Chunk> = {}): Chunk => {
  const text = parts.text ?? `text of ${id}`;
  return {
    id,
    documentId: `doc-${id}`,
    index: 0,
    start: 0,
    end: text.length,
    headingPath: [],
    source: `${id}.txt`,
    metadata: {},
    ...parts,
    text,
  };
};

/** A vector of 8 numbers that a seed decides. */
export const makeVector = (seed: number, dimensions = 8): Float32Array => {
  const random = new SeededRandom(seed + 1);
  return Float32Array.from({ length: dimensions }, () => random.float() - 0.5);
};

/** Up to 12 weights of 40 terms, mostly of the first ones, that a seed decides; for 0 mod 9 none. */
export function makeSparse(seed: number): SparseVector {
  const random = new SeededRandom(seed + 1);
  const weights = new Map<number, number>();
  const count = seed % 9 === 0 ? 0 : 1 + random.below(12);
  for (let i = 0; i < count; i++) weights.set(Math.floor(40 * random.float() ** 2), 0.1 + random.float());
  const sorted = [...weights].sort(([a], [b]) => a - b);
  return {
    indices: Int32Array.from(sorted, ([index]) => index),
    values: Float32Array.from(sorted, ([, value]) => value),
  };
}

/** 1 to 5 token vectors that a seed decides; for 0 mod 11 none. */
export function makeTokens(seed: number, dimensions = 8): MultiVector {
  const count = seed % 11 === 0 ? 0 : 1 + (seed % 5);
  return { dimensions, data: makeVector(seed, count * dimensions) };
}

/** Chunks of which most have a sparse vector, and most token vectors. */
export const searchable = (chunks: readonly WithVector[], tokens: boolean): WithVector[] =>
  chunks.map((one, i) => ({
    ...one,
    ...(i % 4 !== 1 && { sparse: makeSparse(i) }),
    ...(tokens && i % 5 !== 2 && { tokens: makeTokens(i) }),
  }));

export const embedded = (chunk: Chunk, seed = 0): WithVector => ({ chunk, vector: makeVector(seed) });

const words = 'heart lung liver kidney brain blood bone skin nerve muscle cell gene virus fever pain'.split(
  ' ',
);

/** Chunks of 3 to 20 words with all kinds of fields. */
export function randomChunks(count: number, seed = 1): WithVector[] {
  const random = new SeededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T;
  return Array.from({ length: count }, (_, i) => {
    const text = Array.from({ length: 3 + random.below(18) }, () => pick(words)).join(' ');
    const chunk = makeChunk(`c${String(i).padStart(4, '0')}`, {
      text,
      documentId: `d${random.below(10)}`,
      index: i,
      headingPath: i % 3 === 0 ? ['Top', 'Under'] : [],
      ...(random.below(3) > 0 && { title: `About ${pick(words)}` }),
      ...(random.below(3) > 0 && { domain: pick(['cardiology', 'neurology', "o'clock"]) }),
      ...(random.below(3) > 0 && { timestamp: `202${random.below(6)}-0${1 + random.below(9)}-11T10:00:00Z` }),
      ...(random.below(2) > 0 && {
        boostTags: random.sample(['new', 'guideline', 'faq'], 1 + random.below(2)),
      }),
      metadata: {
        ...(random.below(4) > 0 && { year: 1990 + random.below(30) }),
        ...(random.below(4) > 0 && { author: pick(['Ada', 'Zoë', 'O\'Hara "x"', '𝒵', '\uFFF0']) }),
        ...(random.below(4) > 0 && { reviewed: random.below(2) > 0 }),
        ...(random.below(4) > 0 && { tags: random.sample(['a', 'b', "c'd"], random.below(4)) }),
        ...(random.below(4) > 0 && { mixed: pick<string | number | boolean>(['1', 1, true, -2.5]) }),
      },
    });
    return { chunk, vector: makeVector(random.below(1_000_000)) };
  });
}
