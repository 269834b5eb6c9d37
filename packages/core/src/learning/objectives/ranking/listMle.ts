import { scope } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../../base/settings.ts';
import { type Activation, activate, activations } from './activation.ts';
import { listsOf } from './lists.ts';
import { padScores } from './padded.ts';
import { type DocumentOrder, documentOrders, logLikelihoods, wantedOrders } from './plackettLuce.ts';
import type { RankingNeeds, RankingObjective } from './types.ts';

export interface ListMleOptions {
  /** Default labels. sentence-transformers' default is `given`, the same for lists that are sorted by label. */
  readonly order?: DocumentOrder;
  /** Of the logits; default identity (sentence-transformers'). */
  readonly activation?: Activation;
}

export const listMleSchema = z.strictObject({
  order: z.enum(documentOrders).default('labels'),
  activation: z.enum(activations).default('identity'),
});

/**
 * ListMLE (Xia et al., ICML 2008): the likelihood of the wanted order under the Plackett–Luce model, where documents are
 * drawn one after the other with softmax probabilities.
 *
 *     L = − mean over lists of Σ_i s_i − log Σ_{j ≥ i} exp(s_j),   documents in the wanted order
 *
 * A sum over documents, as in the paper: longer lists weigh more. Documents with equal labels keep the order in which
 * they come: it is reproducible, and mined negatives come hardest first. The loss does teach that order, also among
 * negatives; where it means nothing, shuffle the lists or take a pairwise loss. Lists in which all labels are equal
 * would teach nothing else, and are left out of sum and mean (sentence-transformers learns their order); with
 * order `given`, lists of one document only.
 */
export function listMle(options: ListMleOptions = {}): RankingObjective {
  const name = 'ListMLE';
  const settings = parseSettings(listMleSchema, options, name);
  const { order, activation } = settings;
  const needs = needsOf(order);
  return {
    name,
    settings,
    needs,
    loss: (logits, batch) =>
      scope(() => {
        const given = listsOf({ name, needs }, logits, batch);
        const padded = padScores(given, wantedOrders(given.lists, order));
        const scores = activate(padded.scores, activation);
        return logLikelihoods({ ...padded, scores })
          .sum()
          .div(-padded.lists);
      }),
  };
}

/** What ListMLE and its position-aware sister need. */
export const needsOf = (order: DocumentOrder): RankingNeeds => ({
  labels: 'score',
  documents: 2,
  contrast: order === 'labels',
});
