import { scope } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../../base/settings.ts';
import { bothTemperatures, type DistillationTemperatures, temperatureShape } from '../distillation.ts';
import { type Activation, activate, activations } from './activation.ts';
import { listsOf } from './lists.ts';
import { logSoftmaxOfLists } from './logSoftmaxOfLists.ts';
import { besides, padScores, padValues } from './padded.ts';
import type { RankingObjective } from './types.ts';

export interface DistillKlOptions extends DistillationTemperatures {
  /** Of the logits; default identity. */
  readonly activation?: Activation;
}

const schema = z.strictObject({
  ...temperatureShape,
  activation: z.enum(activations).default('identity'),
});

/**
 * Listwise distillation (Lin et al., arXiv 2010.11386): the scores' distribution over a list's documents should be that of
 * a stronger teacher, whose scores are the labels.
 *
 *     L = T_s² · mean over lists of KL(softmax(t / T_t) ‖ softmax(s / T_s))
 *
 * T_s² keeps the gradient's size (Hinton et al., arXiv 1503.02531, for T ≥ 1). The mean is over lists, however long; lists
 * of one document teach nothing and are left out. sentence-transformers has this loss for embeddings only
 * (DistillKLDivLoss, same formula and defaults). Both sides stay logarithms: a document that the teacher all but excludes
 * gives no NaN.
 */
export function distillKl(options: DistillKlOptions = {}): RankingObjective {
  const name = 'DistillKL';
  const { activation, ...own } = parseSettings(schema, options, name);
  const temperatures = bothTemperatures(own);
  const { studentTemperature, teacherTemperature } = temperatures;
  const needs = { labels: 'score', documents: 2 } as const;
  return {
    name,
    settings: { ...temperatures, activation },
    needs,
    loss: (logits, batch) =>
      scope(() => {
        const given = listsOf({ name, needs }, logits, batch);
        const { scores, absent, lists } = padScores(given);
        const teacher = besides(padValues(given.lists.map(({ labels }) => labels)), scores);
        const logQ = logSoftmaxOfLists(teacher.div(teacherTemperature), absent);
        const logP = logSoftmaxOfLists(activate(scores, activation).div(studentTemperature), absent);
        const divergence = logQ.exp().mul(logQ.sub(logP)).sum(); // 0 where there is no document
        return divergence.mul(studentTemperature ** 2 / lists);
      }),
  };
}
