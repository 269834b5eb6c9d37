import { klDiv, scope, stack } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../base/settings.ts';
import { columnsOf } from './columns.ts';
import { scoresOf } from './scores.ts';
import { pairwiseSimilarity, type Similarity, similarities } from './similarity.ts';
import type { EmbeddingObjective } from './types.ts';

export interface DistillKlOptions {
  /** Default dot (sentence-transformers'). */
  readonly similarity?: Similarity;
  /** Divides the student's and the teacher's scores; default 1. */
  readonly temperature?: number;
  /** T_s, instead of `temperature`. */
  readonly studentTemperature?: number;
  /** T_t, instead of `temperature`. Should match the spread of the teacher's scores. */
  readonly teacherTemperature?: number;
}

const schema = z.strictObject({
  similarity: z.enum(similarities).default('dot'),
  temperature: z.number().positive().default(1),
  studentTemperature: z.number().positive().optional(),
  teacherTemperature: z.number().positive().optional(),
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
  const { similarity, temperature, ...own } = parseSettings(schema, options, name);
  const { studentTemperature = temperature, teacherTemperature = temperature } = own;
  const needs = { negatives: 1, scores: 'candidates' } as const;
  return {
    name,
    settings: { similarity, studentTemperature, teacherTemperature },
    needs,
    loss: (embeddings, batch) =>
      scope(() => {
        const { anchors, positives, negatives, rows } = columnsOf({ name, needs }, embeddings, batch);
        const candidates = [positives, ...negatives];
        const student = stack(
          candidates.map((candidate) => pairwiseSimilarity(anchors, candidate, similarity)),
          1,
        );
        const teacher = scoresOf(name, batch, candidates.length).to(student.dtype).to(student.device);
        const logP = student.div(studentTemperature).logSoftmax(1);
        const logQ = teacher.div(teacherTemperature).logSoftmax(1);
        const divergence = klDiv(logP, logQ, 'sum', { logTarget: true });
        return divergence.mul(studentTemperature ** 2 / rows);
      }),
  };
}
