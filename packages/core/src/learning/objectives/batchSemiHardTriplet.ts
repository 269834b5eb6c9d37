import { relu, scope, where } from '@ragwright/torch';
import { parseSettings } from '../../base/settings.ts';
import { type BatchTripletOptions, batchTripletSchema } from './batchHardTriplet.ts';
import { anchorPositives, labelGroups, groupNeeds as needs } from './labelGroups.ts';
import type { EmbeddingObjective } from './types.ts';

/**
 * Batch semi-hard triplet loss (Schroff et al., arXiv 1503.03832), for texts that come in groups. For every anchor a and
 * positive p the closest of the negatives that are further off than p; if there is none, the furthest of all:
 *
 *     L = mean over (a, p) of max(0, d(a, p) − d(a, n(a, p)) + margin)
 *
 * Never the hardest negatives, which may be mistakes and let a young model collapse. Needs, and what counts, as in
 * `batchHardTriplet`.
 */
export function batchSemiHardTriplet(options: BatchTripletOptions = {}): EmbeddingObjective {
  const name = 'BatchSemiHardTriplet';
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
        const { near, far, noNegative, hasNegative } = pairs;
        const tooClose = noNegative.logicalOr(far.le(near));
        const closest = far.maskedFill(tooClose, Number.POSITIVE_INFINITY).amin([1], true);
        const furthest = far.maskedFill(noNegative, Number.NEGATIVE_INFINITY).amax([1], true);
        const negative = where(tooClose.all(1, true), furthest, closest);
        const losses = relu(near.sub(negative).add(margin));
        // without any negative: −∞, a loss of +∞, which does not count
        const missing = noNegative.all(1, true);
        const counted = hasNegative.filter((has) => has).length;
        return losses.maskedFill(missing, 0).sum().div(Math.max(1, counted));
      }),
  };
}
