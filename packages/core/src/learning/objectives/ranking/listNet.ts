import { scope } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../../base/settings.ts';
import { type Activation, activate, activations } from './activation.ts';
import { listsOf } from './lists.ts';
import { logSoftmaxOfLists } from './logSoftmaxOfLists.ts';
import { besides, padScores, padValues } from './padded.ts';
import type { RankingObjective } from './types.ts';

export interface ListNetOptions {
  /** Of the logits; default identity (sentence-transformers'). */
  readonly activation?: Activation;
}

const schema = z.strictObject({ activation: z.enum(activations).default('identity') });

/**
 * ListNet (Cao et al., ICML 2007) with top-one probabilities: the scores' distribution over a list's documents should
 * be the labels'.
 *
 *     L = − mean over lists of Σ_i softmax(y)_i · log softmax(s)_i
 *
 * The mean is over lists, however long. With all labels equal (a query without a positive) the target is
 * uniform, and the scores are drawn together; as in sentence-transformers. A list of one document teaches nothing and
 * is left out of the mean; sentence-transformers counts it with loss 0.
 */
export function listNet(options: ListNetOptions = {}): RankingObjective {
  const name = 'ListNet';
  const settings = parseSettings(schema, options, name);
  const needs = { labels: 'score', documents: 2 } as const;
  return {
    name,
    settings,
    needs,
    loss: (logits, batch) =>
      scope(() => {
        const given = listsOf({ name, needs }, logits, batch);
        const { scores, absent, lists } = padScores(given);
        const labels = besides(padValues(given.lists.map((list) => list.labels)), scores);
        const target = logSoftmaxOfLists(labels, absent).exp().maskedFill(absent, 0);
        const logP = logSoftmaxOfLists(activate(scores, settings.activation), absent);
        return target.mul(logP).sum().div(-lists);
      }),
  };
}
