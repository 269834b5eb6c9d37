import { relu, scope } from '@ragwright/torch';
import { parseSettings } from '../../base/settings.ts';
import { type BatchTripletOptions, batchTripletSchema } from './batchHardTriplet.ts';
import { anchorPositives, labelGroups, groupNeeds as needs } from './labelGroups.ts';
import type { EmbeddingObjective } from './types.ts';

/**
 * Batch-all triplet loss (Hermans et al., arXiv 1703.07737), for texts that come in groups: all triplets (a, p, n) of
 * the batch with p of a's label and n of another.
 *
 *     L = Σ max(0, d(a, p) − d(a, n) + margin) / (number of triplets for which that is above 0)
 *
 * The mean goes over triplets that still cost something, so that the many easy ones do not drown them. Takes memory for
 * (pairs of one label) × 2B numbers. Needs, and what counts, as in `batchHardTriplet`.
 */
export function batchAllTriplet(options: BatchTripletOptions = {}): EmbeddingObjective {
  const name = 'BatchAllTriplet';
  const settings = parseSettings(batchTripletSchema, options, name);
  const { distance, margin } = settings;
  return {
    name,
    settings,
    needs,
    loss: (embeddings, batch) =>
      scope(() => {
        const groups = labelGroups({ name, needs }, embeddings, batch, distance);
        const pairs = anchorPositives(groups);
        if (!pairs) return groups.distances.sum().mul(0);
        const losses = relu(pairs.near.sub(pairs.far).add(margin)).maskedFill(pairs.noNegative, 0);
        const active = Number(losses.gt(0).sum().item());
        return losses.sum().div(Math.max(1, active));
      }),
  };
}
