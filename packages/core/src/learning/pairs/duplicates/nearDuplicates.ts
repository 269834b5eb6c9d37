import { jaccard, minHash, mix, shingles, signatureSize } from './minHash.ts';
import { UnionFind } from './unionFind.ts';
import { normalizeText } from './words.ts';

export interface NearDuplicateOptions {
  /**
   * Least Jaccard similarity of the sets of three-word runs; default 0.8. 1: only texts that are equal but for
   * case, punctuation and spaces.
   */
  readonly threshold?: number;
}

/** Bins of a signature that must be equal for two texts to be compared: 25 bands of 5 find 0.8 with 0.9999. */
const bandSize = 5;
const bands = Math.floor(signatureSize / bandSize);
/** Texts of a bucket that a text is compared with; what is like many is like one of these. */
const comparisons = 8;

/**
 * Which texts are nearly the same: for each the number of the first one of its group (its own if it is that).
 * Exact after normalising, and by MinHash and locality-sensitive hashing, each candidate checked by its true Jaccard
 * similarity. Time grows as the texts do, not as their square. Groups are closed: what is like a member is a member.
 */
export function nearDuplicateGroups(
  texts: readonly string[],
  options: NearDuplicateOptions = {},
): Uint32Array {
  const { threshold = 0.8 } = options;
  const groups = new UnionFind(texts.length);
  const distinct = joinEqual(texts, groups);
  if (threshold < 1) joinSimilar(texts, distinct, groups, threshold);
  return Uint32Array.from(texts, (_, i) => groups.find(i));
}

/** Returns the first of each set of texts that are equal after normalising. */
function joinEqual(texts: readonly string[], groups: UnionFind): number[] {
  const firsts = new Map<string, number>();
  const distinct: number[] = [];
  texts.forEach((text, i) => {
    const key = normalizeText(text) || text.trim(); // texts of symbols alone are equal only as they stand
    const first = firsts.get(key);
    if (first === undefined) {
      firsts.set(key, i);
      distinct.push(i);
    } else groups.union(first, i);
  });
  return distinct;
}

function joinSimilar(
  texts: readonly string[],
  distinct: readonly number[],
  groups: UnionFind,
  threshold: number,
): void {
  const signatures = new Uint32Array(distinct.length * signatureSize);
  const isEmpty = new Uint8Array(distinct.length);
  distinct.forEach((text, row) => {
    const set = shingles(texts[text] as string);
    if (set.length === 0) isEmpty[row] = 1;
    signatures.set(minHash(set), row * signatureSize);
  });
  const setOf = rememberRecent((row: number) => shingles(texts[distinct[row] as number] as string));
  for (let band = 0; band < bands; band++) {
    for (const bucket of bucketsOf(signatures, isEmpty, band)) joinBucket(bucket);
  }

  /** Rows with the same key: each is compared with the first few that are not like each other. */
  function joinBucket(bucket: readonly number[]): void {
    const kinds: number[] = [];
    for (const row of bucket) {
      const item = distinct[row] as number;
      const like = kinds.find((kind) => {
        const other = distinct[kind] as number;
        return groups.find(other) === groups.find(item) || jaccard(setOf(kind), setOf(row)) >= threshold;
      });
      if (like !== undefined) groups.union(distinct[like] as number, item);
      else if (kinds.length < comparisons) kinds.push(row);
    }
  }
}

/** Rows whose signatures agree in a band, two and more at a time, each in ascending order. */
function* bucketsOf(signatures: Uint32Array, isEmpty: Uint8Array, band: number): Generator<number[]> {
  const rows = isEmpty.length;
  const rowRange = 2 ** Math.ceil(Math.log2(rows + 1));
  const keyRange = Math.min(2 ** 32, 2 ** 53 / rowRange);
  // Key and row in one number: sorting numbers needs no comparator.
  const keyed = Float64Array.from({ length: rows }, (_, row) => {
    const key = isEmpty[row] ? 0 : bandKey(signatures, row * signatureSize + band * bandSize);
    return (key % keyRange) * rowRange + row;
  }).sort();
  let start = 0;
  for (let i = 1; i <= rows; i++) {
    const key = Math.floor((keyed[start] as number) / rowRange);
    if (i < rows && Math.floor((keyed[i] as number) / rowRange) === key) continue;
    if (i - start > 1) {
      const bucket = Array.from(keyed.subarray(start, i), (value) => value % rowRange);
      yield bucket.filter((row) => !isEmpty[row]);
    }
    start = i;
  }
}

function bandKey(signatures: Uint32Array, from: number): number {
  let key = 0;
  for (let i = from; i < from + bandSize; i++) key = mix(Math.imul(key, 31) ^ (signatures[i] as number));
  return key;
}

/** Computed again if it is asked for long after. */
function rememberRecent<T>(compute: (key: number) => T, most = 10_000): (key: number) => T {
  const known = new Map<number, T>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    if (known.size >= most) known.clear();
    known.set(key, value);
    return value;
  };
}

export interface Deduplicated<T> {
  /** The first of each group, in order. */
  readonly kept: T[];
  readonly removed: number;
}

/** Leaves out what is nearly the same as something before it. */
export function removeNearDuplicates<T>(
  items: readonly T[],
  textOf: (item: T) => string,
  options: NearDuplicateOptions = {},
): Deduplicated<T> {
  const groups = nearDuplicateGroups(items.map(textOf), options);
  const kept = items.filter((_, i) => groups[i] === i);
  return { kept, removed: items.length - kept.length };
}
