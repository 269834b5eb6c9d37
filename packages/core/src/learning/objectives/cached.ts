import { cat, fromTypedArray, noGrad, scope, type Tensor } from '@ragwright/torch';
import { atLeastFloat32 } from '../batches/embedMiniBatch.ts';
import { rememberRandomState } from '../batches/randomState.ts';
import type { EmbeddingBatch, MiniBatch } from '../batches/types.ts';
import { ObjectiveError } from './errors.ts';
import type { EmbeddingObjective } from './types.ts';

export interface CachedStep {
  /** Embeddings of a mini-batch, [sequences, d]. Called twice for each; must be the same function both times. */
  readonly embed: (miniBatch: MiniBatch) => Tensor;
  readonly objective: EmbeddingObjective;
  readonly batch: EmbeddingBatch;
  /** All texts of all columns, each once; see `miniBatches`. */
  readonly miniBatches: readonly MiniBatch[];
  /** Where `embed` draws its random numbers; default cpu. */
  readonly device?: string;
}

/**
 * GradCache (Gao et al., arXiv 2101.06983): loss and gradients of a batch of any size with the activations of one
 * mini-batch in memory, for any loss on embeddings.
 *
 * 1. Embed all mini-batches without recording, and remember the random state before each.
 * 2. Loss of the whole batch; its gradient at the embeddings, ∂L/∂e.
 * 3. Embed each again, recording and with its random state put back (the same dropout masks), and back-propagate
 *    Σ e·∂L/∂e.
 *
 * By the chain rule the gradients are those of the uncached loss. What it costs is one more forward pass. Random
 * numbers go on as if there had been one pass only. What still grows with the batch is the loss's own work: B × B
 * similarities.
 *
 * Gradients are added to those that the parameters have.
 *
 * @returns the loss
 * @throws ObjectiveError if the embeddings do not depend on any trainable parameter, or the mini-batches do not
 *   cover the batch; whatever `embed` and the loss throw
 */
export function forwardBackwardCached(step: CachedStep): number {
  const { embed, objective, batch, miniBatches, device } = step;
  const order = inverseOrder(objective.name, batch, miniBatches);
  return scope(() => {
    const replays: (() => void)[] = [];
    const pieces = miniBatches.map((miniBatch) => {
      replays.push(rememberRandomState(device));
      return noGrad(() => scope(() => atLeastFloat32(embed(miniBatch))));
    });
    const embeddings = pick(cat(pieces, 0), order);
    const { loss, gradient } = lossAndGradient(embeddings, objective, batch);
    const goOn = rememberRandomState(device);
    try {
      for (const [i, miniBatch] of miniBatches.entries()) {
        replays[i]?.();
        scope(() => {
          const again = requireGradient(objective.name, atLeastFloat32(embed(miniBatch)));
          again.backward({ gradient: pick(gradient, miniBatch.places) });
        });
      }
    } finally {
      goOn();
    }
    return loss;
  });
}

/** embeddings [columns · B, d] → the loss and its gradient there. */
function lossAndGradient(
  embeddings: Tensor,
  objective: EmbeddingObjective,
  batch: EmbeddingBatch,
): { readonly loss: number; readonly gradient: Tensor } {
  return scope(() => {
    const leaf = embeddings.detach().requiresGrad_();
    const loss = objective.loss(columnsIn(leaf, batch), batch);
    loss.backward();
    const gradient = leaf.grad;
    if (gradient) return { loss: Number(loss.item()), gradient };
    const expected = 'a loss that depends on the embeddings';
    throw new ObjectiveError({ objective: objective.name, expected, got: 'one without gradient' });
  });
}

/** [columns · B, d] → one tensor [B, d] per column. */
export const columnsIn = (embeddings: Tensor, { columns, rows }: EmbeddingBatch): Tensor[] =>
  columns.map((_, column) => embeddings.narrow(0, column * rows.length, rows.length));

/** @throws ObjectiveError if nothing that the embeddings were computed from can be trained */
export function requireGradient(objective: string, embeddings: Tensor): Tensor {
  if (embeddings.requiresGrad) return embeddings;
  throw new ObjectiveError({
    objective,
    expected: 'embeddings that depend on a trainable parameter',
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
 * @throws ObjectiveError unless the mini-batches hold each text once
 */
export function inverseOrder(
  objective: string,
  { columns, rows }: Pick<EmbeddingBatch, 'columns' | 'rows'>,
  miniBatches: readonly MiniBatch[],
): number[] {
  const size = columns.length * rows.length;
  const order: number[] = new Array(size).fill(-1);
  let at = 0;
  for (const { places } of miniBatches) for (const place of places) order[place] = at++;
  if (at === size && order.length === size && !order.includes(-1)) return order;
  const expected = `mini-batches with each of the ${size} texts once`;
  throw new ObjectiveError({ objective, expected, got: `${at} texts` });
}
