import type { ProgressEvent } from '../../../base/progress.ts';
import type { KnownPassage, QueryGroup } from './groupPairs.ts';

export interface Candidate extends KnownPassage {
  readonly score: number;
  /** A known positive of this query. */
  readonly isPositive: boolean;
}

/** What was found for one query. */
export interface CandidateList {
  /** Best first. */
  readonly candidates: readonly Candidate[];
  /** Of each positive of the group, in its order. */
  readonly positiveScores: readonly number[];
  /** Positives whose score is only a bound. */
  readonly notFound: number;
}

/** Where negatives come from. */
export interface CandidateSource {
  /** Work before the first query, such as embedding the corpus. */
  prepare(): AsyncGenerator<ProgressEvent, void, undefined>;
  /** The best `count` candidates of every query. */
  find(groups: readonly QueryGroup[], count: number): Promise<CandidateList[]>;
  close(): Promise<void>;
}
