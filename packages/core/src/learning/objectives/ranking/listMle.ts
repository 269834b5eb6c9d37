import { scope } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../../base/settings.ts';
import { type Activation, activate, activations } from './activation.ts';
import { listsOf } from './lists.ts';
import { padScores } from './padded.ts';
import {
  type DocumentOrder,
  documentOrders,
  groupsOf,
  logLikelihoods,
  wantedOrders,
} from './plackettLuce.ts';
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
 * A sum over documents, as in the paper: longer lists weigh more.
 *
 * Ties: the paper has none. By default documents with equal labels keep the order in which they come, as in
 * sentence-transformers: reproducible, and mined negatives come hardest first. But the loss teaches that order, too: of one
 * positive and many negatives, the first negatives are lifted. `grouped` does not: j runs over all documents with
 * y_j ≤ y_i (Breslow's likelihood of tied events, Biometrics 1974); the scores of equal ones are drawn together.
 *
 * Lists in which all labels are equal have no order to learn and are left out of sum and mean (sentence-transformers
 * learns the one in which they come); with order `given`, lists of one document only.
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
        return logLikelihoods({ ...padded, scores }, groupsOf(given.lists, order))
          .sum()
          .div(-padded.lists);
      }),
  };
}

/** What ListMLE and its position-aware sister need. */
export const needsOf = (order: DocumentOrder): RankingNeeds => ({
  labels: 'score',
  documents: 2,
  contrast: order !== 'given',
});
