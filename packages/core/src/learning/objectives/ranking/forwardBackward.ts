import type { EmbedOptions } from '../../batches/embedMiniBatch.ts';
import { pairMiniBatches } from '../../batches/miniBatches.ts';
import type { RankingBatch } from '../../batches/rankingBatch.ts';
import {
  longestOf,
  type PackedStepResult,
  packedForwardBackward,
  type TrainableForward,
} from '../packedStep.ts';
import type { RankingObjective } from './types.ts';

export interface RankingStep extends EmbedOptions {
  /** Gives logits [pairs, outputs]; in training mode. */
  readonly model: TrainableForward;
  readonly objective: RankingObjective;
  readonly batch: RankingBatch;
  /** Tokens whose activations may be in memory at a time; default all of the batch. */
  readonly tokensInMemory?: number;
}

/**
 * Forward and backward pass of one batch of lists, leaving gradients in the parameters: see
 * {@link packedForwardBackward}. The loss sees the logits of all pairs at once, however the batch is cut.
 *
 * @throws ObjectiveError if there is nothing to learn, or nothing requires a gradient; OutOfMemoryError if not even the
 *   longest pair alone fits
 */
export function rankingForwardBackward({ objective, ...step }: RankingStep): PackedStepResult {
  const { batch } = step;
  return packedForwardBackward({
    ...step,
    name: objective.name,
    cut: (tokens) => pairMiniBatches(batch, tokens),
    size: batch.sequences.length,
    tokens: batch.tokenCount,
    longest: longestOf(batch.sequences),
    loss: (logits) => objective.loss(logits, batch),
  });
}
