import { mseLoss, scope, stack } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../../base/settings.ts';
import { type MultiVectorSimilarity, multiVectorSimilarities } from '../../../models/multivector/index.ts';
import { scoresOf } from '../scores.ts';
import { tokenColumnsOf } from './columns.ts';
import { maxSimPairs } from './maxSim.ts';
import type { MultiVectorObjective } from './types.ts';

export interface MultiVectorMarginMseOptions {
  /** Default maxsim. */
  readonly similarity?: MultiVectorSimilarity;
}

const schema = z.strictObject({ similarity: z.enum(multiVectorSimilarities).default('maxsim') });

/**
 * Margin-MSE distillation (Hofstätter et al., arXiv 2010.02666) on late interaction: as `marginMse`, with MaxSim as the
 * student's score,
 *
 *     L = mean over rows and negatives of ((s⁺ − s⁻) − (t⁺ − t⁻))²
 *
 * Needs the teacher's scores [t⁺, t⁻₁, …] in each row.
 */
export function multiVectorMarginMse(options: MultiVectorMarginMseOptions = {}): MultiVectorObjective {
  const name = 'MultiVectorMarginMSE';
  const settings = parseSettings(schema, options, name);
  const needs = { negatives: 1, scores: 'candidates' } as const;
  return {
    name,
    settings,
    needs,
    loss: (columns, batch) =>
      scope(() => {
        const { queries, positives, negatives } = tokenColumnsOf({ name, needs }, columns, batch);
        const near = maxSimPairs(queries, positives, settings.similarity);
        const margins = stack(
          negatives.map((negative) => near.sub(maxSimPairs(queries, negative, settings.similarity))),
          1,
        );
        const teacher = scoresOf(name, batch, negatives.length + 1)
          .to(margins.dtype)
          .to(margins.device);
        return mseLoss(margins, teacher.narrow(1, 0, 1).sub(teacher.narrow(1, 1, negatives.length)));
      }),
  };
}
