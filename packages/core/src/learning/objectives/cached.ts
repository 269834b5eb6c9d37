import type { Tensor } from '@ragwright/torch';
import type { EmbeddingBatch, MiniBatch } from '../batches/types.ts';
import { cachedPass } from './cachedPass.ts';
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
 * Loss and gradients of a batch of texts with the activations of one mini-batch in memory: see {@link cachedPass}.
 *
 * @returns the loss
 * @throws ObjectiveError if the embeddings do not depend on any trainable parameter, or the mini-batches do not
 *   cover the batch; whatever `embed` and the loss throw
 */
export const forwardBackwardCached = ({ embed, objective, batch, miniBatches, device }: CachedStep): number =>
  cachedPass({
    name: objective.name,
    forward: embed,
    loss: (embeddings) => objective.loss(columnsIn(embeddings, batch), batch),
    size: sizeOf(batch),
    miniBatches,
    device,
  });

/** [columns · B, d] → one tensor [B, d] per column. */
export const columnsIn = (embeddings: Tensor, { columns, rows }: EmbeddingBatch): Tensor[] =>
  columns.map((_, column) => embeddings.narrow(0, column * rows.length, rows.length));

/** Texts in a batch. */
export const sizeOf = ({ columns, rows }: Pick<EmbeddingBatch, 'columns' | 'rows'>): number =>
  columns.length * rows.length;
