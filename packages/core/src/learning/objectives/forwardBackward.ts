import { noGrad, OutOfMemoryError, scope, type Tensor } from '@ragwright/torch';
import { hasGradients } from '../batches/bytesPerToken.ts';
import { type EmbedOptions, embedMiniBatch } from '../batches/embedMiniBatch.ts';
import { miniBatches } from '../batches/miniBatches.ts';
import { rememberRandomState } from '../batches/randomState.ts';
import type { EmbeddingBatch, EmbeddingForward, MiniBatch } from '../batches/types.ts';
import { columnsIn, forwardBackwardCached, requireGradient } from './cached.ts';
import { checkBatch } from './needs.ts';
import type { EmbeddingObjective } from './types.ts';

/** Embeddings of each column of a batch by a teacher, [B, d'] each. */
export type Guide = (batch: EmbeddingBatch) => readonly Tensor[];

/** The model as a training step needs it; a `Module` has the rest. */
export interface TrainableEmbedding extends EmbeddingForward {
  parameters(): readonly Tensor[];
  zeroGrad(): void;
}

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

export interface EmbeddingStepResult {
  readonly loss: number;
  /** Real tokens in the batch. */
  readonly tokens: number;
  /** Less than was asked for, if memory ran out: use it for the batches to come. */
  readonly tokensInMemory: number;
  /** How many the batch was cut into; 1: nothing was computed twice. */
  readonly miniBatches: number;
}

/**
 * Forward and backward pass of one batch, leaving gradients in the parameters: one pass over one stream of all
 * columns if that fits `tokensInMemory`, else cached (see `forwardBackwardCached`).
 *
 * If memory runs out, `tokensInMemory` is halved and the same batch done again from the same random state; only if the
 * parameters had no gradients before, since those of a pass that broke off cannot be told from earlier ones.
 *
 * @throws ObjectiveError if the batch lacks what the objective needs, or nothing requires a gradient; OutOfMemoryError
 *   if not even the longest sequence alone fits
 */
export function embeddingForwardBackward(step: EmbeddingStep): EmbeddingStepResult {
  const { model, objective, batch, guide, device } = step;
  checkBatch(objective, batch, guide !== undefined);
  const tokens = batch.tokenCount;
  let longest = 0; // a loop: a large batch has more texts than a call may have arguments
  for (const column of batch.columns)
    for (const ids of column.tokens) longest = Math.max(longest, ids.length);
  const restore = rememberRandomState(device);
  const mayRepeat = !hasGradients(model.parameters());
  let tokensInMemory = step.tokensInMemory ?? Number.POSITIVE_INFINITY;
  for (;;) {
    const cuts = miniBatches(batch, tokensInMemory);
    try {
      return { loss: pass(step, cuts), tokens, tokensInMemory, miniBatches: cuts.length };
    } catch (error) {
      const used = Math.min(tokensInMemory, tokens);
      if (!OutOfMemoryError.isInstance(error) || !mayRepeat || used <= longest) throw error;
      model.zeroGrad();
      restore();
      tokensInMemory = Math.max(longest, Math.floor(used / 2));
    }
  }
}

function pass(step: EmbeddingStep, cuts: readonly MiniBatch[]): number {
  const { model, objective, guide, device = 'cpu', precision = 'float32' } = step;
  const embed = (miniBatch: MiniBatch): Tensor => embedMiniBatch(model, miniBatch, { precision, device });
  return scope(() => {
    const guided = guide && !step.batch.guide ? noGrad(() => guide(step.batch)) : undefined;
    const batch = guided ? { ...step.batch, guide: guided } : step.batch;
    const [only] = cuts;
    if (cuts.length > 1 || !only) {
      return forwardBackwardCached({ embed, objective, batch, miniBatches: cuts, device });
    }
    const embeddings = requireGradient(objective.name, embed(only));
    const loss = objective.loss(columnsIn(embeddings, batch), batch);
    loss.backward();
    return Number(loss.item());
  });
}
