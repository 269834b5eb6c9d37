import type { Histogram, ScoreDistributions } from './types.ts';

/** Scores of one model: similarity of queries to their relevant passages, and to others. */
export interface PairScores {
  readonly positives: readonly number[];
  readonly negatives: readonly number[];
}

/**
 * Puts the scores of both models on the same bins, so that the charts can be laid over each other.
 *
 * @param bins default 40
 */
export function scoreHistograms(
  base: PairScores,
  tuned: PairScores,
  negatives: string,
  bins = 40,
): ScoreDistributions {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const scores of [base.positives, base.negatives, tuned.positives, tuned.negatives]) {
    for (const value of scores) {
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  const [from, to] = low < high ? [low, high] : Number.isFinite(low) ? [low - 0.5, low + 0.5] : [0, 1];
  const binned = (values: readonly number[]) => histogram(values, from, to, bins);
  const both = (scores: PairScores) => ({
    positives: binned(scores.positives),
    negatives: binned(scores.negatives),
  });
  return { base: both(base), tuned: both(tuned), negatives };
}

/** Counts values in [from, to]; others are left out, and so is what is no number. */
export function histogram(values: readonly number[], from: number, to: number, bins: number): Histogram {
  const counts = new Array<number>(bins).fill(0);
  let sum = 0;
  let seen = 0;
  for (const value of values) {
    if (!(value >= from && value <= to)) continue;
    const bin = Math.min(bins - 1, Math.floor(((value - from) / (to - from)) * bins));
    counts[bin] = (counts[bin] as number) + 1;
    sum += value;
    seen++;
  }
  return { from, to, counts, mean: seen === 0 ? 0 : sum / seen };
}
