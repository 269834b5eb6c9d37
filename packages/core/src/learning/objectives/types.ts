import type { Tensor } from '@ragwright/torch';
import type { EmbeddingBatch } from '../batches/types.ts';

/**
 * A loss on embeddings: one tensor [B, d] per column of the batch, not normalised unless the model does so →
 * a scalar, the mean over rows. It never sees the model, so GradCache and Matryoshka wrap any of them.
 */
export interface EmbeddingObjective {
  /** As in configs and reports: `MultipleNegativesRanking`, `CoSENT` … */
  readonly name: string;
  /** Resolved options, for the record. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What a row needs: columns and scores. Checked against the first batch. */
  readonly needs: ObjectiveNeeds;
  loss(embeddings: readonly Tensor[], batch: EmbeddingBatch): Tensor;
}

export interface ObjectiveNeeds {
  /** Least number of hard negatives per row. */
  readonly negatives?: number;
  /** Largest number of hard negatives per row that the loss looks at; absent: any. */
  readonly maxNegatives?: number;
  /** `pair`: one score a row; `binary`: one that is 0 or 1; `candidates`: one per positive and negative. */
  readonly scores?: 'pair' | 'binary' | 'candidates';
  /** A label in each row: the group that its texts belong to. */
  readonly label?: boolean;
  /** Guide embeddings. */
  readonly guide?: boolean;
  /** Fewest rows in a batch for which there is anything to learn (2 for in-batch negatives without hard ones). */
  readonly rows?: number;
  /** The same where rows have hard negatives; default `rows`. */
  readonly rowsWithNegatives?: number;
}
