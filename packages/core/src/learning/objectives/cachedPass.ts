import { cat, fromTypedArray, noGrad, scope, type Tensor } from '@ragwright/torch';
import { atLeastFloat32 } from '../batches/embedMiniBatch.ts';
import { rememberRandomState } from '../batches/randomState.ts';
import type { MiniBatch } from '../batches/types.ts';
import { ObjectiveError } from './errors.ts';

export interface CachedPass {
  /** Of the objective, for errors. */
  readonly name: string;
  /** What the model gives for each sequence of a mini-batch, [sequences, d]. Called twice; the same function both times. */
  readonly forward: (miniBatch: MiniBatch) => Tensor;
  /** Of all sequences' outputs, [size, d] in the batch's order, a scalar. */
  readonly loss: (outputs: Tensor) => Tensor;
  /** Sequences in the batch. */
  readonly size: number;
  /** All sequences of the batch, each once. */
  readonly miniBatches: readonly MiniBatch[];
  /** Where `forward` draws its random numbers; default cpu. */
  readonly device?: string | undefined;
}

/**
 * GradCache (Gao et al., arXiv 2101.06983): loss and gradients of a batch of any size with the activations of one
 * mini-batch in memory, for any loss on what a model gives for each sequence by itself (an embedding, a logit).
 *
 * 1. Run all mini-batches without recording, and remember the random state before each.
 * 2. Loss of the whole batch; its gradient at the outputs, ∂L/∂e.
 * 3. Run each again, recording and with its random state put back (the same dropout masks), and back-propagate
 *    Σ e·∂L/∂e.
 *
 * By the chain rule the gradients are those of the uncached loss. What it costs is one more forward pass. Random
 * numbers go on as if there had been one pass only. What still grows with the batch is the loss's own work.
 *
 * Gradients are added to those that the parameters have.
 *
 * @returns the loss
 * @throws ObjectiveError if the outputs do not depend on any trainable parameter, or the mini-batches do not
 *   cover the batch; whatever `forward` and the loss throw
 */
export function cachedPass({ name, forward, loss, size, miniBatches, device }: CachedPass): number {
  const order = inverseOrder(name, size, miniBatches);
  return scope(() => {
    const replays: (() => void)[] = [];
    const pieces = miniBatches.map((miniBatch) => {
      replays.push(rememberRandomState(device));
      return noGrad(() => scope(() => atLeastFloat32(forward(miniBatch))));
    });
    const outputs = pick(cat(pieces, 0), order);
    const found = lossAndGradient(name, outputs, loss);
    const goOn = rememberRandomState(device);
    try {
      for (const [i, miniBatch] of miniBatches.entries()) {
        replays[i]?.();
        scope(() => {
          const again = requireGradient(name, atLeastFloat32(forward(miniBatch)));
          again.backward({ gradient: pick(found.gradient, miniBatch.places) });
        });
      }
    } finally {
      goOn();
    }
    return found.loss;
  });
}

/** outputs [size, d] → the loss and its gradient there. */
function lossAndGradient(
  name: string,
  outputs: Tensor,
  lossOf: (outputs: Tensor) => Tensor,
): { readonly loss: number; readonly gradient: Tensor } {
  return scope(() => {
    const leaf = outputs.detach().requiresGrad_();
    const loss = lossOf(leaf);
    loss.backward();
    const gradient = leaf.grad;
    if (gradient) return { loss: Number(loss.item()), gradient };
    const expected = 'a loss that depends on what the model gives';
    throw new ObjectiveError({ objective: name, expected, got: 'one without gradient' });
  });
}

/** @throws ObjectiveError if nothing that the outputs were computed from can be trained */
export function requireGradient(objective: string, outputs: Tensor): Tensor {
  if (outputs.requiresGrad) return outputs;
  throw new ObjectiveError({
    objective,
    expected: 'outputs that depend on a trainable parameter',
    got: 'none that requires a gradient',
    hint: 'all parameters are frozen, or the model was called without recording',
  });
}

/** The rows at `places`, in their order. */
export function pick(x: Tensor, places: readonly number[]): Tensor {
  const rows = BigInt64Array.from(places, BigInt);
  return x.indexSelect(0, fromTypedArray(rows, [places.length], { device: x.device }));
}

/**
 * Where in the mini-batches' concatenation each place of the batch is.
 *
 * @throws ObjectiveError unless the mini-batches hold each sequence once
 */
export function inverseOrder(objective: string, size: number, miniBatches: readonly MiniBatch[]): number[] {
  const order: number[] = new Array(size).fill(-1);
  let at = 0;
  for (const { places } of miniBatches) for (const place of places) order[place] = at++;
  if (at === size && order.length === size && !order.includes(-1)) return order;
  const expected = `mini-batches with each of the ${size} texts once`;
  throw new ObjectiveError({ objective, expected, got: `${at} texts` });
}
