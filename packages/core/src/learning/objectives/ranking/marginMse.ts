import { scope } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../../base/settings.ts';
import { type Activation, activate, activations } from './activation.ts';
import { listsOf } from './lists.ts';
import { besides, padScores, padValues } from './padded.ts';
import type { RankingObjective } from './types.ts';

export interface MarginMseOptions {
  /** Of the logits; default identity (sentence-transformers'). */
  readonly activation?: Activation;
}

const schema = z.strictObject({ activation: z.enum(activations).default('identity') });

/**
 * Margin-MSE distillation (Hofstätter et al., arXiv 2010.02666): the margin between document 0 and each other one should
 * be the teacher's, whose scores are the labels.
 *
 *     L = mean over lists and their documents j ≥ 1 of ((s_0 − s_j) − (t_0 − t_j))²
 *
 * The mean is over all margins of the batch: a longer list weighs more. The same as in sentence-transformers, where
 * all lists are of one length. A list of one document has no margin and is left out.
 */
export function marginMse(options: MarginMseOptions = {}): RankingObjective {
  const name = 'MarginMSE';
  const settings = parseSettings(schema, options, name);
  const needs = { labels: 'score', documents: 2 } as const;
  return {
    name,
    settings,
    needs,
    loss: (logits, batch) =>
      scope(() => {
        const given = listsOf({ name, needs }, logits, batch);
        const padded = padScores(given);
        const { absent, longest } = padded;
        const scores = activate(padded.scores, settings.activation);
        const margins = scores.narrow(1, 0, 1).sub(scores.narrow(1, 1, longest - 1));
        // Subtracted in float64: a teacher's scores may be close to each other.
        const wanted = padValues(
          given.lists.map(({ labels: [first = 0, ...others] }) => others.map((other) => first - other)),
        );
        const count = given.lists.reduce((sum, { labels }) => sum + labels.length - 1, 0);
        const errors = margins.sub(besides(wanted, scores)).maskedFill(absent.narrow(1, 1, longest - 1), 0);
        return errors.square().sum().div(count);
      }),
  };
}
