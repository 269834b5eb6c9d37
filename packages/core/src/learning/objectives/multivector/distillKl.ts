import { klDiv, scope, stack } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../../base/settings.ts';
import { type MultiVectorSimilarity, multiVectorSimilarities } from '../../../models/multivector/index.ts';
import { scoresOf } from '../scores.ts';
import { tokenColumnsOf } from './columns.ts';
import { maxSimPairs } from './maxSim.ts';
import type { MultiVectorObjective } from './types.ts';

export interface MultiVectorDistillKlOptions {
  /** Default maxsim. */
  readonly similarity?: MultiVectorSimilarity;
  /** Divides the student's and the teacher's scores; default 1. */
  readonly temperature?: number;
  /** T_s, instead of `temperature`. */
  readonly studentTemperature?: number;
  /** T_t, instead of `temperature`. Should match the spread of the teacher's scores. */
  readonly teacherTemperature?: number;
}

const schema = z.strictObject({
  similarity: z.enum(multiVectorSimilarities).default('maxsim'),
  temperature: z.number().positive().default(1),
  studentTemperature: z.number().positive().optional(),
  teacherTemperature: z.number().positive().optional(),
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
  const { similarity, temperature, ...own } = parseSettings(schema, options, name);
  const { studentTemperature = temperature, teacherTemperature = temperature } = own;
  const needs = { negatives: 1, scores: 'candidates' } as const;
  return {
    name,
    settings: { similarity, studentTemperature, teacherTemperature },
    needs,
    loss: (columns, batch) =>
      scope(() => {
        const { queries, positives, negatives, rows } = tokenColumnsOf({ name, needs }, columns, batch);
        const candidates = [positives, ...negatives];
        const student = stack(
          candidates.map((candidate) => maxSimPairs(queries, candidate, similarity)),
          1,
        );
        const teacher = scoresOf(name, batch, candidates.length).to(student.dtype).to(student.device);
        const logP = student.div(studentTemperature).logSoftmax(1);
        const logQ = teacher.div(teacherTemperature).logSoftmax(1);
        return klDiv(logP, logQ, 'sum', { logTarget: true }).mul(studentTemperature ** 2 / rows);
      }),
  };
}
