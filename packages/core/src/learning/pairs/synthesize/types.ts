import type { SeededRandom } from '../../../base/rng.ts';
import type { TrainingPair } from '../types.ts';

/** What queries are made of; a Chunk is one. */
export interface Passage {
  readonly id: string;
  readonly documentId: string;
  readonly text: string;
  readonly title?: string;
  /** Outermost first. */
  readonly headingPath?: readonly string[];
}

export type SynthesisMethod = 'title' | 'inverse-cloze' | 'crop';

/** A pair that nobody wrote. The positive is the passage, or what is left of it. */
export interface SynthesizedPair extends TrainingPair {
  readonly queryId: string;
  readonly positiveId: string;
  readonly documentId: string;
  readonly method: SynthesisMethod;
}

export interface QueryAndPositive {
  readonly query: string;
  readonly positive: string;
}

/** Makes a pair of a passage; undefined where there is nothing to make it of. */
export type MakePair = (passage: Passage, random: SeededRandom) => QueryAndPositive | undefined;
