import type { Tensor } from '@ragwright/torch';
import type { TokenVectors } from '../../../models/multivector/index.ts';
import type { EmbeddingBatch } from '../../batches/types.ts';
import type { ObjectiveNeeds } from '../types.ts';

/**
 * A loss on token vectors: for each column of the batch the vectors of its B texts, text after text, each text with
 * its own number of them → a scalar, the mean over rows. It never sees the model, so that it can be computed after all
 * texts went through the model in pieces.
 */
export interface MultiVectorObjective {
  /** As in configs and reports: `MultiVectorNegativesRanking` … */
  readonly name: string;
  /** Resolved options, for the record. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What a row needs: columns and scores. Checked before training and against each batch. */
  readonly needs: ObjectiveNeeds;
  loss(columns: readonly TokenVectors[], batch: EmbeddingBatch): Tensor;
}
