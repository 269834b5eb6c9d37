import { scope } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../../base/settings.ts';
import { type LambdaScheme, lambdaSchemes } from './lambdaWeights.ts';
import { listsOf } from './lists.ts';
import { type PairwiseOptions, pairwiseLogistic, pairwiseSchema } from './pairwiseLogistic.ts';
import type { RankingObjective } from './types.ts';

export interface LambdaOptions extends PairwiseOptions {
  /** Default NDCGLoss2++ (the paper's best, and sentence-transformers' default). */
  readonly scheme?: LambdaScheme;
  /** μ of NDCGLoss2++; default 10 (the paper's). */
  readonly mu?: number;
}

const schema = pairwiseSchema.extend({
  scheme: z.enum(lambdaSchemes).default('NDCGLoss2++'),
  mu: z.number().nonnegative().default(10),
});

/**
 * The LambdaLoss framework (Wang et al., CIKM 2018): a logistic loss on pairs, weighted by what they mean for nDCG.
 *
 *     L = mean over pairs with y_i > y_j of w_ij · log₂(1 + exp(−σ·(s_i − s_j)))
 *
 *     NDCGLoss1     G_i / D(place_i), over all pairs whatever their labels, i = j included
 *     NDCGLoss2     δ_ij · |G_i − G_j|,   δ_ij = |1/D(d) − 1/D(d + 1)|, d = |place_i − place_j|
 *     LambdaRank    ρ_ij · |G_i − G_j|,   ρ_ij = |1/D(place_i) − 1/D(place_j)|
 *     NDCGLoss2++   (ρ_ij + μ·δ_ij) · |G_i − G_j|
 *     none          1 (RankNet)
 *
 * G_i = (2^y_i − 1) / maxDCG@k, D(place) = log₂(1 + place), places in the order of the scores, documents with equal scores
 * as they come; the weights are constants. The mean is over all pairs of the batch, as in sentence-transformers: a list
 * with more pairs weighs more. The paper sums; its constant factor is lost in the mean.
 *
 * With k, only pairs count whose documents are both among the model's k best (as in sentence-transformers): a positive
 * below is not lifted, so take k well above the cut-off that is measured.
 *
 * Everything stays a logarithm. sentence-transformers raises a probability to the power w and clamps it at 1e-10 before and
 * after: a pair in the wrong order by more than 23 / max(1, w) has no gradient there, though it needs it most (5.7 for a list
 * of one positive and one negative in the default scheme); here it has the largest. It gives NaN for a batch without
 * pairs. Here a list in which all labels are equal (no positive; one document) is left out, a batch of nothing else is
 * an error, and where k leaves no pair the loss is 0.
 */
export function lambda(options: LambdaOptions = {}): RankingObjective {
  const name = 'Lambda';
  const settings = parseSettings(schema, options, name);
  const needs = { labels: 'grade', documents: 2, contrast: true } as const;
  return {
    name,
    settings,
    needs,
    loss: (logits, batch) => scope(() => pairwiseLogistic(listsOf({ name, needs }, logits, batch), settings)),
  };
}
