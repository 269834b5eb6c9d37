import { scope, stack } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../base/settings.ts';
import { columnsOf } from './columns.ts';
import {
  bothTemperatures,
  type DistillationTemperatures,
  distilledRows,
  temperatureShape,
} from './distillation.ts';
import { scoresOf } from './scores.ts';
import { pairwiseSimilarity, type Similarity, similarities } from './similarity.ts';
import type { EmbeddingObjective } from './types.ts';

export interface DistillKlOptions extends DistillationTemperatures {
  /** Default dot (sentence-transformers'). */
  readonly similarity?: Similarity;
}

const schema = z.strictObject({
  similarity: z.enum(similarities).default('dot'),
  ...temperatureShape,
});

/**
 * Distillation of a ranking (Lin et al., arXiv 2010.11386): over the candidates of a row, the student's distribution
 * should be the teacher's.
 *
 *     L = T_s² · mean over rows of KL(softmax(t / T_t) ‖ softmax(s / T_s))
 *
 * T_s² keeps the gradient's size (Hinton et al., arXiv 1503.02531, for T ≥ 1). Needs the teacher's scores [t⁺, t⁻₁, …]
 * in each row. The paper has T = 1 and no factor; both sides are kept as logarithms here, so that a
 * candidate that the teacher all but excludes gives no NaN.
 */
export function distillKl(options: DistillKlOptions = {}): EmbeddingObjective {
  const name = 'DistillKL';
  const { similarity, ...given } = parseSettings(schema, options, name);
  const temperatures = bothTemperatures(given);
  const needs = { negatives: 1, scores: 'candidates' } as const;
  return {
    name,
    settings: { similarity, ...temperatures },
    needs,
    loss: (embeddings, batch) =>
      scope(() => {
        const { anchors, positives, negatives } = columnsOf({ name, needs }, embeddings, batch);
        const candidates = [positives, ...negatives];
        const student = stack(
          candidates.map((candidate) => pairwiseSimilarity(anchors, candidate, similarity)),
          1,
        );
        return distilledRows(student, scoresOf(name, batch, candidates.length), temperatures);
      }),
  };
}
