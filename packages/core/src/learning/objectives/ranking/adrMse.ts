import { scope } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../../base/settings.ts';
import { type Activation, activate, activations } from './activation.ts';
import { listsOf } from './lists.ts';
import { besides, padScores, padValues } from './padded.ts';
import type { RankingObjective } from './types.ts';

export interface AdrMseOptions {
  /** α: steepness of the approximate rank; default 1 (the paper's). */
  readonly alpha?: number;
  /** Of the logits; default identity (sentence-transformers'). */
  readonly activation?: Activation;
}

const schema = z.strictObject({
  alpha: z.number().positive().default(1),
  activation: z.enum(activations).default('identity'),
});

/**
 * Approximate discounted rank MSE (Schlatt et al., Rank-DistiLLM, ECIR 2025, arXiv 2405.07920): the rank of each document
 * should be its rank by label, as a teacher put them.
 *
 *     L = mean over documents of (r_i − r̂_i)² / log₂(1 + r_i),   r̂_i = 1 + Σ_{j ≠ i} σ(α·(s_j − s_i))
 *
 * r_i: rank by label, from 1, the average for equal labels (as in sentence-transformers; the paper's teacher has no ties),
 * so that documents that the teacher does not tell apart are drawn together. The mean is over all documents of the
 * batch. A list of one document teaches nothing and is left out; sentence-transformers counts it with loss 0.
 */
export function adrMse(options: AdrMseOptions = {}): RankingObjective {
  const name = 'ADRMSE';
  const settings = parseSettings(schema, options, name);
  const { alpha, activation } = settings;
  const needs = { labels: 'score', documents: 2 } as const;
  return {
    name,
    settings,
    needs,
    loss: (logits, batch) =>
      scope(() => {
        const given = listsOf({ name, needs }, logits, batch);
        const padded = padScores(given);
        const { absent } = padded;
        const scores = activate(padded.scores, activation);
        const ahead = scores.unsqueeze(1).sub(scores.unsqueeze(2)).mul(alpha).sigmoid(); // of i: j
        const approximate = ahead.maskedFill(absent.unsqueeze(1), 0).sum([2]).add(0.5); // i = j gave 0.5
        const ranks = padValues(given.lists.map(({ labels }) => averageRanks(labels)));
        const discount = ranks.add(1).log2(); // 0 where there is no document
        const weight = discount.reciprocal().maskedFill(discount.eq(0), 0);
        const errors = besides(ranks, scores).sub(approximate).square();
        const documents = given.lists.reduce((sum, { labels }) => sum + labels.length, 0);
        return errors.mul(besides(weight, scores)).sum().div(documents);
      }),
  };
}

/** Rank of each label from 1, highest first; equal ones have the average of their ranks. */
function averageRanks(labels: readonly number[]): number[] {
  return labels.map((label) => {
    const above = labels.filter((other) => other > label).length;
    const equal = labels.filter((other) => other === label).length;
    return above + (equal + 1) / 2;
  });
}
