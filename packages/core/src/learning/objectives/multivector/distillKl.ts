import { scope, stack } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../../base/settings.ts';
import { type MultiVectorSimilarity, multiVectorSimilarities } from '../../../models/multivector/index.ts';
import {
  bothTemperatures,
  type DistillationTemperatures,
  distilledRows,
  temperatureShape,
} from '../distillation.ts';
import { scoresOf } from '../scores.ts';
import { tokenColumnsOf } from './columns.ts';
import { maxSimPairs } from './maxSim.ts';
import type { MultiVectorObjective } from './types.ts';

export interface MultiVectorDistillKlOptions extends DistillationTemperatures {
  /** Default maxsim. */
  readonly similarity?: MultiVectorSimilarity;
}

const schema = z.strictObject({
  similarity: z.enum(multiVectorSimilarities).default('maxsim'),
  ...temperatureShape,
});

/**
 * Distillation of a ranking on late interaction (Santhanam et al., arXiv 2112.01488, section 3.1): as `distillKl`, with
 * MaxSim as the student's score,
 *
 *     L = T_s² · mean over rows of KL(softmax(t / T_t) ‖ softmax(s / T_s))
 *
 * Needs the teacher's scores [t⁺, t⁻₁, …] in each row.
 */
export function multiVectorDistillKl(options: MultiVectorDistillKlOptions = {}): MultiVectorObjective {
  const name = 'MultiVectorDistillKL';
  const { similarity, ...given } = parseSettings(schema, options, name);
  const temperatures = bothTemperatures(given);
  const needs = { negatives: 1, scores: 'candidates' } as const;
  return {
    name,
    settings: { similarity, ...temperatures },
    needs,
    loss: (columns, batch) =>
      scope(() => {
        const { queries, positives, negatives } = tokenColumnsOf({ name, needs }, columns, batch);
        const candidates = [positives, ...negatives];
        const student = stack(
          candidates.map((candidate) => maxSimPairs(queries, candidate, similarity)),
          1,
        );
        return distilledRows(student, scoresOf(name, batch, candidates.length), temperatures);
      }),
  };
}
