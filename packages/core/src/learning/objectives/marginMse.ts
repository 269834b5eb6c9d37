import { mseLoss, scope, stack } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../base/settings.ts';
import { columnsOf } from './columns.ts';
import { scoresOf } from './scores.ts';
import { pairwiseSimilarity, type Similarity, similarities } from './similarity.ts';
import type { EmbeddingObjective } from './types.ts';

export interface MarginMseOptions {
  /** Default dot (sentence-transformers'). */
  readonly similarity?: Similarity;
}

const schema = z.strictObject({ similarity: z.enum(similarities).default('dot') });

/**
 * Margin-MSE distillation (Hofstätter et al., arXiv 2010.02666): the student's margin between positive and negative
 * should be the teacher's.
 *
 *     L = mean over rows and negatives of ((s⁺ − s⁻) − (t⁺ − t⁻))²
 *
 * Needs the teacher's scores [t⁺, t⁻₁, …] in each row.
 */
export function marginMse(options: MarginMseOptions = {}): EmbeddingObjective {
  const name = 'MarginMSE';
  const settings = parseSettings(schema, options, name);
  const { similarity } = settings;
  const needs = { negatives: 1, scores: 'candidates' } as const;
  return {
    name,
    settings,
    needs,
    loss: (embeddings, batch) =>
      scope(() => {
        const { anchors, positives, negatives } = columnsOf({ name, needs }, embeddings, batch);
        const near = pairwiseSimilarity(anchors, positives, similarity);
        const margins = stack(
          negatives.map((negative) => near.sub(pairwiseSimilarity(anchors, negative, similarity))),
          1,
        );
        const teacher = scoresOf(name, batch, negatives.length + 1)
          .to(margins.dtype)
          .to(margins.device);
        const wanted = teacher.narrow(1, 0, 1).sub(teacher.narrow(1, 1, negatives.length));
        return mseLoss(margins, wanted);
      }),
  };
}
