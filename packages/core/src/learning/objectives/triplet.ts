import { relu, scope, stack, type Tensor } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../base/settings.ts';
import type { EmbeddingBatch } from '../batches/types.ts';
import { columnsOf } from './columns.ts';
import { type Distance, distances, pairwiseDistance } from './distance.ts';
import { knownPositives, mask } from './masks.ts';
import type { EmbeddingObjective } from './types.ts';

export interface TripletOptions {
  /** Default euclidean (sentence-transformers'). */
  readonly distance?: Distance;
  /** How much further off a negative should be; default 5 (sentence-transformers'), far too much for `cosine`, try 0.2. */
  readonly margin?: number;
}

const schema = z.strictObject({
  distance: z.enum(distances).default('euclidean'),
  margin: z.number().nonnegative().default(5),
});

/**
 * Triplet loss (Schroff et al., arXiv 1503.03832; Hermans et al., arXiv 1703.07737):
 *
 *     L = mean over rows and negatives of max(0, d(a, p) − d(a, n) + margin)
 *
 * d is the Euclidean length of the difference, 1 − cosine, or the sum of absolute differences. sentence-transformers
 * takes exactly one negative; here it may be several. Its Euclidean distance is √Σ(a − b)², whose gradient is NaN for
 * identical vectors; here it is 0. A hard negative that the batch knows to be a positive of its anchor is left out.
 */
export function triplet(options: TripletOptions = {}): EmbeddingObjective {
  const name = 'Triplet';
  const settings = parseSettings(schema, options, name);
  const { distance, margin } = settings;
  const needs = { negatives: 1 };
  return {
    name,
    settings,
    needs,
    loss: (embeddings, batch) =>
      scope(() => {
        const { anchors, positives, negatives, rows } = columnsOf({ name, needs }, embeddings, batch);
        const near = pairwiseDistance(anchors, positives, distance);
        const each = negatives.map((negative) =>
          near.sub(pairwiseDistance(anchors, negative, distance)).add(margin),
        );
        const losses = relu(stack(each, 1));
        return meanOfTrueNegatives(losses, batch, rows, negatives.length);
      }),
  };
}

/** losses [B, negatives] → their mean, without known false negatives (0 if nothing else is there). */
function meanOfTrueNegatives(losses: Tensor, batch: EmbeddingBatch, rows: number, negatives: number): Tensor {
  const known = knownPositives('Triplet', batch, rows, negatives + 2);
  if (!known) return losses.mean();
  let left = 0;
  const out = mask(rows, negatives, (i, k) => {
    const isFalse = known(i, (k + 1) * rows + i);
    if (!isFalse) left++;
    return isFalse;
  });
  return losses.maskedFill(out.to(losses.device), 0).sum().div(Math.max(1, left));
}
