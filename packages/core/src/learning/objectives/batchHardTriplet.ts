import { relu, scope, softplus, type Tensor } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../base/settings.ts';
import { type Distance, distances } from './distance.ts';
import { type LabelGroups, labelGroups, groupNeeds as needs, unless } from './labelGroups.ts';
import type { EmbeddingObjective } from './types.ts';

export interface BatchTripletOptions {
  /** Default euclidean (sentence-transformers'). */
  readonly distance?: Distance;
  /** How much further off a negative should be; default 5 (sentence-transformers'), far too much for `cosine`, try 0.2. */
  readonly margin?: number;
}

const soft = z.strictObject({ distance: z.enum(distances).default('euclidean') });
export const batchTripletSchema = soft.extend({ margin: z.number().nonnegative().default(5) });

/**
 * Batch-hard triplet loss (Hermans et al., arXiv 1703.07737), for texts that come in groups. Each text of the batch is
 * an anchor a, P(a) the others of its label, N(a) those of other labels:
 *
 *     L = mean over a of max(0, max_{p ∈ P(a)} d(a, p) − min_{n ∈ N(a)} d(a, n) + margin)
 *
 * Needs a label in each row, and batches with several rows of several labels (`groupByLabel`). An anchor without a
 * positive or a negative is no triplet and does not count; sentence-transformers takes 0 for its distances. Equal texts
 * are neither, and what the batch knows to be an answer is no negative. A batch without a triplet has loss 0.
 */
export function batchHardTriplet(options: BatchTripletOptions = {}): EmbeddingObjective {
  const name = 'BatchHardTriplet';
  const settings = parseSettings(batchTripletSchema, options, name);
  const { distance, margin } = settings;
  return {
    name,
    settings,
    needs,
    loss: (embeddings, batch) =>
      scope(() => {
        const groups = labelGroups({ name, needs }, embeddings, batch, distance);
        return overTriplets(groups, (gap) => relu(gap.add(margin)));
      }),
  };
}

/**
 * Batch-hard triplet loss without a margin to choose (Hermans et al., arXiv 1703.07737): log(1 + exp(gap)) instead of
 * max(0, gap + margin). All else as in {@link batchHardTriplet}.
 */
export function batchHardSoftMarginTriplet(
  options: Pick<BatchTripletOptions, 'distance'> = {},
): EmbeddingObjective {
  const name = 'BatchHardSoftMarginTriplet';
  const settings = parseSettings(soft, options, name);
  return {
    name,
    settings,
    needs,
    loss: (embeddings, batch) =>
      scope(() => {
        const groups = labelGroups({ name, needs }, embeddings, batch, settings.distance);
        return overTriplets(groups, (gap) => softplus(gap));
      }),
  };
}

/** Mean of `cost` of the gap between hardest positive and hardest negative, over anchors that have both. */
function overTriplets(groups: LabelGroups, cost: (gap: Tensor) => Tensor): Tensor {
  const { size, distances, isPositive, isNegative } = groups;
  const furthest = distances.maskedFill(unless(groups, isPositive), Number.NEGATIVE_INFINITY).amax([1]);
  const closest = distances.maskedFill(unless(groups, isNegative), Number.POSITIVE_INFINITY).amin([1]);
  const all = Array.from({ length: size }, (_, i) => i);
  const counted = all.filter(
    (i) => all.some((j) => isPositive(i, j)) && all.some((j) => isNegative(i, j)),
  ).length;
  return cost(furthest.sub(closest)).sum().div(Math.max(1, counted)); // −∞ where one is missing: no cost
}
