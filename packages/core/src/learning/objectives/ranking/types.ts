import type { Tensor } from '@ragwright/torch';
import type { RankingBatch } from '../../batches/rankingBatch.ts';

/**
 * A loss on the logits of a cross-encoder: one row of logits per document, list after list → a scalar. It never sees
 * the model, so it can be computed after all pairs of a batch went through the model in pieces.
 */
export interface RankingObjective {
  /** As in configs and reports: `BinaryCrossEntropy`, `Lambda` … */
  readonly name: string;
  /** Resolved options, for the record. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** What a list needs. Checked before training and against each batch. */
  readonly needs: RankingNeeds;
  /**
   * @param logits [P, outputs], P the number of documents in all lists of the batch, in the batch's order
   * @throws ObjectiveError if there is nothing to learn in the batch
   */
  loss(logits: Tensor, batch: Pick<RankingBatch, 'rows' | 'indexes'>): Tensor;
}

export interface RankingNeeds {
  /**
   * What a label is. `binary`: from 0 to 1. `grade`: a whole number ≥ 0, more is better. `score`: any number (a teacher's).
   * `class`: index of the right output. `positive-first`: labels don't matter, document 0 is the positive.
   */
  readonly labels: 'binary' | 'grade' | 'score' | 'class' | 'positive-first';
  /** Outputs of the model; default 1. */
  readonly outputs?: number | 'several';
  /** Fewest documents in a list; default 1. Lists with fewer are skipped, and a batch of nothing else is an error. */
  readonly documents?: number;
  /**
   * Documents of other lists of the batch that are put behind each list, at random, with label 0 (by the collator,
   * before anything is computed). Default 0.
   */
  readonly inBatchNegatives?: number;
  /**
   * Whether a list in which all labels are equal teaches nothing; then such lists are skipped, and a batch of nothing
   * else is an error. Default false.
   */
  readonly contrast?: boolean;
}
