import type { ResolvedMiningOptions } from './options.ts';
import type { MinedQuery } from './rows.ts';
import type { Selection } from './selectNegatives.ts';
import type { MiningSummary, ScoreSummary, SkipReason } from './types.ts';

/** Adds up what happened, query by query. */
export class MiningStatistics {
  readonly #options: ResolvedMiningOptions;
  readonly #positives: number[] = [];
  readonly #negatives: number[] = [];
  readonly #differences: number[] = [];
  readonly #skipped: Record<SkipReason, number> = {
    absoluteMargin: 0,
    relativeMargin: 0,
    maxScore: 0,
    minScore: 0,
  };
  #queries = 0;
  #rows = 0;
  #candidates = 0;
  #masked = 0;
  #notFound = 0;

  constructor(options: ResolvedMiningOptions) {
    this.#options = options;
  }

  add({ positiveScores, negatives }: MinedQuery, selection: Selection, rows: number, notFound: number): void {
    this.#queries++;
    this.#rows += rows;
    this.#candidates += selection.looked;
    this.#masked += selection.masked;
    this.#notFound += notFound;
    for (const [reason, count] of Object.entries(selection.skipped))
      this.#skipped[reason as SkipReason] += count;
    const counts = this.#options.format !== 'n-tuple' || negatives.length === this.#options.negatives;
    for (const positive of positiveScores) {
      this.#positives.push(positive);
      if (!counts) continue; // the row was left out
      for (const { score } of negatives) {
        this.#negatives.push(score);
        this.#differences.push(positive - score);
      }
    }
  }

  summary(): MiningSummary {
    const { format, negatives, rangeMax } = this.#options;
    const pairs = this.#positives.length;
    const possible =
      format === 'triplet'
        ? pairs * negatives
        : format === 'labeled-pair'
          ? this.#queries * negatives + pairs
          : pairs;
    return {
      queries: this.#queries,
      pairs,
      rows: this.#rows,
      missing: possible - this.#rows,
      rangeMax,
      positives: summarize(this.#positives),
      negatives: summarize(this.#negatives),
      differences: summarize(this.#differences),
      candidates: this.#candidates,
      skipped: { ...this.#skipped },
      masked: this.#masked,
      positivesNotFound: this.#notFound,
    };
  }
}

function summarize(scores: readonly number[]): ScoreSummary {
  const count = scores.length;
  if (count === 0) return { count, mean: 0, deviation: 0, min: 0, quartiles: [0, 0, 0], max: 0 };
  const sorted = Float64Array.from(scores).sort();
  const mean = sorted.reduce((sum, score) => sum + score, 0) / count;
  const squares = sorted.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  const at = (share: number): number => {
    const place = share * (count - 1);
    const low = sorted[Math.floor(place)] as number;
    return low + ((sorted[Math.ceil(place)] as number) - low) * (place - Math.floor(place));
  };
  return {
    count,
    mean,
    deviation: count > 1 ? Math.sqrt(squares / (count - 1)) : 0,
    min: at(0),
    quartiles: [at(0.25), at(0.5), at(0.75)],
    max: at(1),
  };
}
