import { OutOfMemoryError, scope, type Tensor } from '@ragwright/torch';
import { hasGradients } from '../batches/bytesPerToken.ts';
import { type EmbedOptions, embedMiniBatch } from '../batches/embedMiniBatch.ts';
import { rememberRandomState } from '../batches/randomState.ts';
import type { EmbeddingForward, MiniBatch } from '../batches/types.ts';
import { cachedPass, requireGradient } from './cachedPass.ts';

/** The model as a training step needs it; a `Module` has the rest. */
export interface TrainableForward extends EmbeddingForward {
  parameters(): readonly Tensor[];
  zeroGrad(): void;
}

export interface PackedStep extends EmbedOptions {
  /** Of the objective, for errors. */
  readonly name: string;
  /** In training mode. */
  readonly model: TrainableForward;
  /** All sequences of the batch in pieces of at most so many tokens; one piece in the batch's order if all fit. */
  readonly cut: (tokensInMemory: number) => readonly MiniBatch[];
  /** Sequences in the batch. */
  readonly size: number;
  /** Real tokens in the batch. */
  readonly tokens: number;
  /** Tokens of its longest sequence. */
  readonly longest: number;
  /** Of what the model gives for all sequences, [size, d] in the batch's order, a scalar. */
  readonly loss: (outputs: Tensor) => Tensor;
  /** Tokens whose activations may be in memory at a time; default all of the batch. */
  readonly tokensInMemory?: number | undefined;
}

export interface PackedStepResult {
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
 * sequences if that fits `tokensInMemory`, else cached (see `cachedPass`).
 *
 * If memory runs out, `tokensInMemory` is halved and the same batch done again from the same random state; only if the
 * parameters had no gradients before, since those of a pass that broke off cannot be told from earlier ones.
 *
 * @throws ObjectiveError if nothing requires a gradient; OutOfMemoryError if not even the longest sequence alone fits
 */
export function packedForwardBackward(step: PackedStep): PackedStepResult {
  const { model, device, tokens, longest } = step;
  const restore = rememberRandomState(device);
  const mayRepeat = !hasGradients(model.parameters());
  let tokensInMemory = step.tokensInMemory ?? Number.POSITIVE_INFINITY;
  for (;;) {
    const cuts = step.cut(tokensInMemory);
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

function pass(step: PackedStep, cuts: readonly MiniBatch[]): number {
  const { model, name, size, device = 'cpu', precision = 'float32' } = step;
  const forward = (miniBatch: MiniBatch): Tensor => embedMiniBatch(model, miniBatch, { precision, device });
  const [only] = cuts;
  if (cuts.length > 1 || !only) {
    return cachedPass({ name, forward, loss: step.loss, size, miniBatches: cuts, device });
  }
  return scope(() => {
    const loss = step.loss(requireGradient(name, forward(only)));
    loss.backward();
    return Number(loss.item());
  });
}

/** Tokens of the longest; a loop, since a large batch has more texts than a call may have arguments. */
export function longestOf(sequences: Iterable<Int32Array>): number {
  let longest = 0;
  for (const ids of sequences) longest = Math.max(longest, ids.length);
  return longest;
}
