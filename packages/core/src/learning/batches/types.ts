import type { Tensor } from '@ragwright/torch';
import type { PackedBatch } from '@ragwright/torch/nn';
import type { TrainingPair } from '../pairs/types.ts';

export type { TrainingPair } from '../pairs/types.ts';

/** Token ids of one column of a batch: all queries, all positives, all first negatives … */
export interface TextColumn {
  readonly role: 'query' | 'document';
  /** One list per row, special tokens and prompt included, cut to the model's length. */
  readonly tokens: readonly Int32Array[];
  /** Leading tokens of each row that pooling leaves out (the prompt, if the model says so); default 0. */
  readonly promptTokens?: number;
}

/**
 * What an embedding objective sees: B rows in columns. Column 0 holds the anchors (queries), column 1 the
 * positives, the others hard negatives.
 */
export interface EmbeddingBatch {
  readonly rows: readonly TrainingPair[];
  readonly columns: readonly TextColumn[];
  /** Real tokens in all columns. */
  readonly tokenCount: number;
  /** Indexes of the rows in the training set. */
  readonly indexes: readonly number[];
  /**
   * [B × B·(columns − 1)] row-major: 1 where candidate j of the flattened [positives, negatives 1, negatives 2 …]
   * is a known positive of anchor i other than its own, and must not count as a negative. Absent if none is.
   */
  readonly falseNegatives?: Uint8Array;
  /** Part of the training run that is done before this batch, from 0 to 1; for losses that change over it. Absent outside a run. */
  readonly progress?: number;
  /** Teacher's embeddings of each column, [B, d'], without gradient; for GIST. Owned by the caller of the loss. */
  readonly guide?: readonly Tensor[];
}

/** Position of a sampler: enough to go on exactly where it stood. JSON. */
export type SamplerState = Readonly<Record<string, unknown>>;

/** Orders rows into batches of indexes, epoch after epoch, from a seed. */
export interface BatchSampler {
  /**
   * The batches of an epoch. Where rows that share texts are kept apart, of epoch 0: another order may need a
   * few more or less.
   */
  readonly batchesPerEpoch: number;
  /** The batches of one epoch, the same for the same seed and epoch. */
  epoch(epoch: number): Iterable<readonly number[]>;
}

/** An embedding model, as training sees it. */
export interface EmbeddingForward {
  /**
   * Embeddings [sequences, d] in the batch's order. `promptTokens`: leading tokens of each sequence that pooling
   * leaves out; absent if none.
   */
  forward(batch: PackedBatch, promptTokens?: readonly number[]): Tensor;
}

/** Some sequences of a batch that go through the model together. */
export interface MiniBatch {
  readonly sequences: readonly Int32Array[];
  /** Where each sequence stands in the batch: column · B + row of embeddings, the number of the pair of a cross-encoder. */
  readonly places: readonly number[];
  /** Segment of each token of each sequence; absent where the model has no segments. */
  readonly segmentIds?: readonly Int32Array[];
  /** Leading tokens of each sequence that pooling leaves out; absent if none. */
  readonly promptTokens?: readonly number[];
  readonly tokenCount: number;
}
