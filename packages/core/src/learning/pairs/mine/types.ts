import type { ProgressEvent } from '../../../base/progress.ts';
import type { Embedder, Retriever } from '../../../knowledge/types.ts';
import type { Judgements, TrainingPair } from '../types.ts';

/**
 * What a mined row looks like; all of them are {@link TrainingPair}s.
 * - `triplet`: one negative; a row for every negative of every positive.
 * - `n-tuple`: all negatives in one row; pairs with too few are left out.
 * - `labeled-pair`: `positive` is any document, `scores` its label (1 or 0) or score.
 * - `labeled-list`: positive and all negatives found, `scores` their labels or scores; rows differ in length.
 */
export type MinedFormat = 'triplet' | 'n-tuple' | 'labeled-pair' | 'labeled-list';

/** Scores pairs of a query and a document better than the embedder can: a cross-encoder. One number per pair. */
export type Rescore = (
  pairs: readonly (readonly [query: string, document: string])[],
) => Promise<ArrayLike<number>>;

/** sentence-transformers' knobs, with its defaults. */
export interface MiningOptions {
  /** Best candidates to pass over, after masking and margins; default 0. */
  readonly rangeMin?: number;
  /**
   * Candidates that are looked at; default rangeMin + negatives (ten times as many with a margin or maxScore) + the
   * most positives of a query.
   */
  readonly rangeMax?: number;
  /** A negative scores at most this; default any. */
  readonly maxScore?: number;
  /** A negative scores at least this; default any. */
  readonly minScore?: number;
  /** A negative scores at most (lowest positive − absoluteMargin); default any. */
  readonly absoluteMargin?: number;
  /** A negative scores at most (lowest positive − |lowest positive| · relativeMargin); 0.05 is recommended; default any. */
  readonly relativeMargin?: number;
  /** Negatives per positive; default 3. */
  readonly negatives?: number;
  /** The best ones (default), or any of those that qualify. */
  readonly sampling?: 'top' | 'random';
  /** Don't mask positives: a ranking for evaluating rerankers. Makes the format `n-tuple`. Default false. */
  readonly includePositives?: boolean;
  /** Default `n-tuple` (sentence-transformers': `triplet`). */
  readonly format?: MinedFormat;
  /** Write scores: of positive and negatives; instead of the labels of the labeled formats. Default false. */
  readonly outputScores?: boolean;
  /** Of random sampling; default 0. */
  readonly seed?: number;
}

export interface MiningTask extends MiningOptions {
  /** All rows of a query text are its positives. */
  readonly pairs: readonly TrainingPair[];
  /** By query id: documents of grade above 0 are masked too (positives of other splits, or of lower grade). */
  readonly knownPositives?: Judgements;
  readonly source: EmbedderSource | RetrieverSource;
  /** Used only with a margin or maxScore. */
  readonly rescore?: Rescore;
  readonly signal?: AbortSignal;
}

/** Exact search by cosine. */
export interface EmbedderSource {
  readonly embedder: Embedder;
  /** Candidates beside the positives of all queries, text by id. */
  readonly corpus?: ReadonlyMap<string, string>;
  /** Folder of the embedding cache; absent: no cache. */
  readonly cacheFolder?: string;
}

/** Chunks of a knowledge store as candidates. */
export interface RetrieverSource {
  readonly retriever: Retriever;
}

/** Rows of some queries. */
export interface MinedPairsEvent {
  readonly type: 'pairs';
  readonly pairs: readonly TrainingPair[];
}

export type MiningEvent = ProgressEvent | MinedPairsEvent;

/** Distribution of scores. All 0 if there are none. */
export interface ScoreSummary {
  readonly count: number;
  readonly mean: number;
  /** Sample standard deviation. */
  readonly deviation: number;
  readonly min: number;
  readonly quartiles: readonly [number, number, number];
  readonly max: number;
}

export type SkipReason = 'absoluteMargin' | 'relativeMargin' | 'maxScore' | 'minScore';

export interface MiningSummary {
  /** Different query texts. */
  readonly queries: number;
  readonly pairs: number;
  /** Rows that came out. */
  readonly rows: number;
  /** Rows that could not be filled; in rows for triplets, else in pairs. */
  readonly missing: number;
  readonly rangeMax: number;
  readonly positives: ScoreSummary;
  readonly negatives: ScoreSummary;
  /** Positive − negative. */
  readonly differences: ScoreSummary;
  /** Candidates that were looked at, positives left out. */
  readonly candidates: number;
  /** Candidates that a rule took out; each counts for the first rule that did. */
  readonly skipped: Readonly<Record<SkipReason, number>>;
  /** Candidates masked as known positives. */
  readonly masked: number;
  /** Positives that a retriever did not find, scored as its last candidate; 0 with an embedder. */
  readonly positivesNotFound: number;
}
