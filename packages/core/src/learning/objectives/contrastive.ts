import { relu, scope } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../base/settings.ts';
import { columnsOf } from './columns.ts';
import { type Distance, distances, pairwiseDistance } from './distance.ts';
import { binaryScoresOf } from './scores.ts';
import type { EmbeddingObjective } from './types.ts';

export interface ContrastiveOptions {
  /** Default cosine (sentence-transformers'). */
  readonly distance?: Distance;
  /** Pairs that do not belong together are pushed apart up to here; default 0.5 (sentence-transformers'). */
  readonly margin?: number;
}

export const contrastiveSchema = z.strictObject({
  distance: z.enum(distances).default('cosine'),
  margin: z.number().nonnegative().default(0.5),
});

/**
 * Contrastive loss (Hadsell et al., CVPR 2006) on pairs that belong together, y = 1, or do not, y = 0 (in the paper it
 * is the other way round):
 *
 *     L = mean over rows of ½·(y·d² + (1 − y)·max(0, margin − d)²)
 *
 * Needs one score a row, 0 or 1; sentence-transformers takes others as weights, here they are errors. Its Euclidean
 * and Manhattan distances add 1e-6 to each difference; here the gradient of two equal vectors is 0 without that.
 * A row says itself whether its texts belong together, so what the batch knows of other rows does not matter.
 */
export function contrastive(options: ContrastiveOptions = {}): EmbeddingObjective {
  const name = 'Contrastive';
  const settings = parseSettings(contrastiveSchema, options, name);
  const { distance, margin } = settings;
  const needs = { scores: 'binary', maxNegatives: 0 } as const;
  return {
    name,
    settings,
    needs,
    loss: (embeddings, batch) =>
      scope(() => {
        const { anchors, positives } = columnsOf({ name, needs }, embeddings, batch);
        const apart = pairwiseDistance(anchors, positives, distance);
        const together = binaryScoresOf(name, batch, apart);
        const pulled = together.mul(apart.square());
        const pushed = together
          .neg()
          .add(1)
          .mul(relu(apart.neg().add(margin)).square());
        return pulled.add(pushed).mean().div(2);
      }),
  };
}
