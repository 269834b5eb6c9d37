import { normalizedWords } from './words.ts';

/** Bins of a signature. */
export const signatureSize = 128;

/** Words of a shingle. */
const shingleWords = 3;

/** Hashes of all runs of three words, each once; of the whole text if it is shorter. */
export function shingles(text: string): Uint32Array {
  const words = normalizedWords(text);
  const hashes = words.map(hashWord);
  if (words.length === 0) return new Uint32Array(0);
  const width = Math.min(shingleWords, words.length);
  const found = new Set<number>();
  for (let i = 0; i + width <= words.length; i++) {
    let hash = 0x9e3779b9;
    for (let j = i; j < i + width; j++) hash = mix(Math.imul(hash, 31) ^ (hashes[j] as number));
    found.add(hash);
  }
  return Uint32Array.from(found);
}

/**
 * One-permutation MinHash (Li, Owen & Zhang 2012): each shingle falls into one bin, which keeps its least hash, so
 * the cost is that of one hash function. Empty bins borrow from others by a fixed rule (optimal densification,
 * Shrivastava 2017), so that two bins are equal with the probability of the sets' Jaccard similarity.
 */
export function minHash(hashes: Uint32Array): Uint32Array {
  const bins = new Uint32Array(signatureSize).fill(0xffffffff);
  const filled = new Uint8Array(signatureSize);
  for (const hash of hashes) {
    const spread = mix(hash ^ 0x85ebca6b);
    const bin = spread % signatureSize;
    const rank = Math.floor(spread / signatureSize);
    if (filled[bin] === 0 || rank < (bins[bin] as number)) bins[bin] = rank;
    filled[bin] = 1;
  }
  if (hashes.length > 0) densify(bins, filled);
  return bins;
}

function densify(bins: Uint32Array, filled: Uint8Array): void {
  for (let bin = 0; bin < signatureSize; bin++) {
    if (filled[bin]) continue;
    let from = bin;
    for (let attempt = 1; !filled[from]; attempt++)
      from = mix((bin + 1) * 0x01000193 + attempt) % signatureSize;
    bins[bin] = bins[from] as number;
  }
}

/** |a ∩ b| / |a ∪ b| of two sets of hashes; 1 of two empty ones. */
export function jaccard(a: Uint32Array, b: Uint32Array): number {
  const [small, large] = a.length < b.length ? [a, b] : [b, a];
  if (large.length === 0) return 1;
  const known = new Set(large);
  let shared = 0;
  for (const hash of small) if (known.has(hash)) shared++;
  return shared / (a.length + b.length - shared);
}

/** FNV-1a over UTF-16 units. */
function hashWord(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The finalizer of MurmurHash3: every bit of the input changes every bit of the output. */
export function mix(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
