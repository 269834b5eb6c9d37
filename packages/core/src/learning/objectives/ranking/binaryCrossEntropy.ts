import { binaryCrossEntropyWithLogits, scope, tensor } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../../base/settings.ts';
import { labelsOf } from './labels.ts';
import { listsOf } from './lists.ts';
import type { RankingObjective } from './types.ts';

export interface BinaryCrossEntropyOptions {
  /**
   * Factor on the positives' part; default 1. With n negatives for each positive, n makes both weigh the same
   * (sentence-transformers' examples take the number of mined negatives).
   */
  readonly positiveWeight?: number;
  /** ε: labels become y·(1 − ε) + ε/2, for labels that are not quite sure; default 0. */
  readonly smoothing?: number;
}

const schema = z.strictObject({
  positiveWeight: z.number().positive().default(1),
  smoothing: z.number().min(0).lt(1).default(0),
});

/**
 * Binary cross-entropy of each document by itself (Nogueira & Cho, arXiv 1901.04085, the pointwise loss of monoBERT):
 *
 *     L = − mean over documents of w·y·log σ(s) + (1 − y)·log(1 − σ(s))
 *
 * w: `positiveWeight`. Labels from 0 to 1. The mean is over all documents of the batch, so a longer list weighs more.
 * Computed from logits, exact for large ones. As in sentence-transformers, which has no smoothing.
 */
export function binaryCrossEntropy(options: BinaryCrossEntropyOptions = {}): RankingObjective {
  const name = 'BinaryCrossEntropy';
  const settings = parseSettings(schema, options, name);
  const { positiveWeight, smoothing } = settings;
  const needs = { labels: 'binary' } as const;
  return {
    name,
    settings,
    needs,
    loss: (logits, batch) =>
      scope(() => {
        const { scores, lists } = listsOf({ name, needs }, logits, batch);
        const labels = labelsOf(lists, scores)
          .mul(1 - smoothing)
          .add(smoothing / 2);
        const weight = tensor([positiveWeight], { dtype: scores.dtype, device: scores.device });
        return binaryCrossEntropyWithLogits(scores, labels, undefined, weight);
      }),
  };
}
