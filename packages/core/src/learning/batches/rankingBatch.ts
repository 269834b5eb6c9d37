import type { LabelledList } from '../pairs/types.ts';

export type { LabelledList } from '../pairs/types.ts';

/** What a ranking objective sees: some queries, each with its own number of documents. */
export interface RankingBatch {
  /** Lists as the loss sees them: in-batch negatives, if the loss wants any, stand behind a list's own documents. */
  readonly rows: readonly LabelledList[];
  /** Token ids of each (query, document), list after list; special tokens included, cut to the model's length. */
  readonly sequences: readonly Int32Array[];
  /** Segment of each token; absent where the model has no segments. */
  readonly segmentIds?: readonly Int32Array[];
  /** Real tokens in all pairs. */
  readonly tokenCount: number;
  /** Indexes of the rows in the training set. */
  readonly indexes: readonly number[];
}
