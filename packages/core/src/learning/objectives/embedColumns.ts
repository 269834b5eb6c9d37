import { cat, noGrad, scope, type Tensor } from '@ragwright/torch';
import { type EmbedOptions, embedMiniBatch } from '../batches/embedMiniBatch.ts';
import { miniBatches } from '../batches/miniBatches.ts';
import type { EmbeddingBatch, EmbeddingForward } from '../batches/types.ts';
import { columnsIn, sizeOf } from './cached.ts';
import { inverseOrder, pick } from './cachedPass.ts';

export interface EmbedColumnsOptions extends EmbedOptions {
  /** Default all of the batch. */
  readonly tokensInMemory?: number;
}

/**
 * Embeddings of each column of a batch, [B, d] each, without recording: what a guide gives that has the model's
 * tokens.
 */
export function embedColumns(
  model: EmbeddingForward,
  batch: EmbeddingBatch,
  { tokensInMemory = Number.POSITIVE_INFINITY, ...options }: EmbedColumnsOptions = {},
): Tensor[] {
  return scope(() => {
    const cuts = miniBatches(batch, tokensInMemory);
    const pieces = cuts.map((cut) => noGrad(() => embedMiniBatch(model, cut, options)));
    return columnsIn(pick(cat(pieces, 0), inverseOrder('embedColumns', sizeOf(batch), cuts)), batch);
  });
}
