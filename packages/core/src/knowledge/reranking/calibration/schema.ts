import { z } from 'zod';

const finite = z.number();

/** A {@link Calibration} that comes from a file or an option. */
export const calibrationSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('temperature'),
    scale: z.enum(['logit', 'probability']),
    temperature: finite.positive(),
    bias: finite,
  }),
  z
    .strictObject({
      kind: z.literal('isotonic'),
      scores: z.array(finite).min(1),
      probabilities: z.array(finite.min(0).max(1)).min(1),
    })
    .refine(({ scores, probabilities }) => scores.length === probabilities.length, {
      path: ['probabilities'],
      message: 'expected as many as scores',
    })
    .refine(({ scores }) => scores.every((score, i) => i === 0 || score > (scores[i - 1] as number)), {
      path: ['scores'],
      message: 'expected ascending numbers',
    })
    .refine(({ probabilities: all }) => all.every((p, i) => i === 0 || p >= (all[i - 1] as number)), {
      path: ['probabilities'],
      message: 'expected numbers that never fall',
    }),
]);
