import { cat, scope, type Tensor, zeros } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../base/settings.ts';
import { columnsOf } from './columns.ts';
import { scoresOf } from './scores.ts';
import { pairwiseSimilarity } from './similarity.ts';
import type { EmbeddingObjective } from './types.ts';

export interface CosentOptions {
  /** Factor on the cosine; default 20 (sentence-transformers'). */
  readonly scale?: number;
}

const schema = z.strictObject({ scale: z.number().positive().default(20) });

/**
 * CoSENT (Su, https://kexue.fm/archives/8847; Huang et al., TASLP 2024): pairs (i, j) of rows whose labels say that j
 * is the closer pair should have cosines in that order.
 *
 *     L = log(1 + Σ_{label_i < label_j} exp(s·(cos_i − cos_j)))
 *
 * Needs one score per row and at least two rows; rows with equal labels say nothing about each other, and a batch in
 * which all labels are equal has loss 0.
 */
export function cosent(options: CosentOptions = {}): EmbeddingObjective {
  const name = 'CoSENT';
  const settings = parseSettings(schema, options, name);
  const needs = { scores: 'pair', maxNegatives: 0, rows: 2 } as const;
  return {
    name,
    settings,
    needs,
    loss: (embeddings, batch) =>
      scope(() => {
        const { anchors, positives } = columnsOf({ name, needs }, embeddings, batch);
        const cosines = pairwiseSimilarity(anchors, positives, 'cosine');
        return inLabelOrder(cosines.mul(settings.scale), scoresOf(name, batch, 1));
      }),
  };
}

/**
 * log(1 + Σ_{label_i < label_j} exp(score_i − score_j)): [n], labels [n] in float64 on the CPU (rounded to float32,
 * two that are equal might differ) → scalar.
 */
export function inLabelOrder(scores: Tensor, labels: Tensor): Tensor {
  const gaps = scores.unsqueeze(1).sub(scores.unsqueeze(0));
  const unordered = labels.unsqueeze(1).ge(labels.unsqueeze(0));
  const counted = gaps.maskedFill(unordered.to(gaps.device), Number.NEGATIVE_INFINITY).flatten();
  const one = zeros([1], { dtype: scores.dtype, device: scores.device }); // exp(0), the 1 in the logarithm
  return cat([one, counted], 0).logsumexp([0]);
}
