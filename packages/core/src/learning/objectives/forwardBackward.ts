import { noGrad, scope, type Tensor } from '@ragwright/torch';
import type { EmbedOptions } from '../batches/embedMiniBatch.ts';
import { miniBatches } from '../batches/miniBatches.ts';
import type { EmbeddingBatch } from '../batches/types.ts';
import { columnsIn, sizeOf } from './cached.ts';
import { checkBatch } from './needs.ts';
import {
  longestOf,
  type PackedStepResult,
  packedForwardBackward,
  type TrainableForward,
} from './packedStep.ts';
import type { EmbeddingObjective } from './types.ts';

/** Embeddings of each column of a batch by a teacher, [B, d'] each. */
export type Guide = (batch: EmbeddingBatch) => readonly Tensor[];

export type TrainableEmbedding = TrainableForward;
export type EmbeddingStepResult = PackedStepResult;

export interface EmbeddingStep extends EmbedOptions {
  /** In training mode. */
  readonly model: TrainableEmbedding;
  readonly objective: EmbeddingObjective;
  readonly batch: EmbeddingBatch;
  /** Tokens whose activations may be in memory at a time; default all of the batch. */
  readonly tokensInMemory?: number;
  /** For objectives that need one, unless the batch brings its embeddings. Called without recording. */
  readonly guide?: Guide;
}

/**
 * Forward and backward pass of one batch of texts, leaving gradients in the parameters: see {@link packedForwardBackward}.
 *
 * @throws ObjectiveError if the batch lacks what the objective needs, or nothing requires a gradient; OutOfMemoryError
 *   if not even the longest sequence alone fits
 */
export function embeddingForwardBackward(step: EmbeddingStep): EmbeddingStepResult {
  const { objective, guide, ...rest } = step;
  const { name } = objective;
  checkBatch(objective, step.batch, guide !== undefined);
  return scope(() => {
    const guided = guide && !step.batch.guide ? noGrad(() => guide(step.batch)) : undefined;
    const batch = guided ? { ...step.batch, guide: guided } : step.batch;
    return packedForwardBackward({
      ...rest,
      name,
      cut: (tokens) => miniBatches(batch, tokens),
      size: sizeOf(batch),
      tokens: batch.tokenCount,
      longest: longestOf(batch.columns.flatMap(({ tokens }) => tokens)),
      loss: (embeddings) => objective.loss(columnsIn(embeddings, batch), batch),
    });
  });
}
