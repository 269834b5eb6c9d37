import { SeededRandom } from '../../../base/rng.ts';
import { nearDuplicateGroups, normalizeText } from '../duplicates/index.ts';
import type { TrainingPair } from '../types.ts';

export interface InspectOptions {
  /** Rows shown as they are, drawn at random; default 5. */
  readonly samples?: number;
  /** Of the draw; default 0. */
  readonly seed?: number;
  /** Also count positives that are nearly the same; takes seconds for 100,000. Default true. */
  readonly nearDuplicates?: boolean;
}

/** Lengths in words. */
export interface LengthSummary {
  readonly min: number;
  readonly median: number;
  readonly mean: number;
  readonly p95: number;
  readonly max: number;
}

/** What a person wants to know of a training set before training on it. */
export interface PairsInspection {
  readonly rows: number;
  readonly queries: number;
  readonly positives: number;
  /** Negatives of a row. */
  readonly negativesPerRow: { readonly min: number; readonly mean: number; readonly max: number };
  readonly scored: number;
  readonly queryWords: LengthSummary;
  readonly positiveWords: LengthSummary;
  /** Absent if there are no negatives. */
  readonly negativeWords?: LengthSummary;
  readonly problems: PairProblems;
  readonly samples: readonly TrainingPair[];
}

/** Rows with something wrong. */
export interface PairProblems {
  /** The same query, positive and negatives as a row before. */
  readonly repeatedRows: number;
  /** A negative that is a positive of the same query, here or in another row. */
  readonly falseNegatives: number;
  /** Query and positive are the same but for case and punctuation. */
  readonly queryIsPositive: number;
  /** Different positives that are nearly the same as an earlier one; absent if nobody looked. */
  readonly nearDuplicatePositives?: number;
}

/** Counts, lengths, duplicates, mistakes and samples of training pairs. */
export function inspectPairs(pairs: readonly TrainingPair[], options: InspectOptions = {}): PairsInspection {
  const { samples = 5, seed = 0, nearDuplicates = true } = options;
  const positives = [...new Set(pairs.map(({ positive }) => positive))];
  const negatives = pairs.flatMap((pair) => pair.negatives ?? []);
  const perRow = pairs.map((pair) => pair.negatives?.length ?? 0);
  const problems = countProblems(pairs);
  const near = () =>
    nearDuplicateGroups(positives).reduce((count, first, i) => count + (first === i ? 0 : 1), 0);
  return {
    rows: pairs.length,
    queries: new Set(pairs.map(({ query }) => query)).size,
    positives: positives.length,
    negativesPerRow: {
      min: perRow.reduce((least, count) => Math.min(least, count), perRow[0] ?? 0),
      mean: negatives.length / Math.max(1, pairs.length),
      max: perRow.reduce((most, count) => Math.max(most, count), 0),
    },
    scored: pairs.filter(({ scores }) => scores).length,
    queryWords: lengths(pairs.map(({ query }) => query)),
    positiveWords: lengths(pairs.map(({ positive }) => positive)),
    ...(negatives.length > 0 ? { negativeWords: lengths(negatives) } : {}),
    problems: nearDuplicates ? { ...problems, nearDuplicatePositives: near() } : problems,
    samples: new SeededRandom(seed).sample(pairs, samples),
  };
}

function countProblems(pairs: readonly TrainingPair[]): PairProblems {
  const positivesOf = new Map<string, Set<string>>();
  for (const { query, positive } of pairs) {
    const known = positivesOf.get(query) ?? new Set();
    positivesOf.set(query, known.add(positive));
  }
  const rows = new Set<string>();
  let repeatedRows = 0;
  let falseNegatives = 0;
  let queryIsPositive = 0;
  for (const { query, positive, negatives = [] } of pairs) {
    const key = JSON.stringify([query, positive, negatives]);
    if (rows.has(key)) repeatedRows++;
    rows.add(key);
    if (negatives.some((negative) => positivesOf.get(query)?.has(negative))) falseNegatives++;
    if (normalizeText(query) === normalizeText(positive)) queryIsPositive++;
  }
  return { repeatedRows, falseNegatives, queryIsPositive };
}

function lengths(texts: readonly string[]): LengthSummary {
  const counts = Uint32Array.from(texts, (text) => text.match(/\S+/g)?.length ?? 0).sort();
  const at = (share: number) => counts[Math.floor(share * (counts.length - 1))] ?? 0;
  const sum = counts.reduce((total, count) => total + count, 0);
  return { min: at(0), median: at(0.5), mean: sum / Math.max(1, counts.length), p95: at(0.95), max: at(1) };
}
