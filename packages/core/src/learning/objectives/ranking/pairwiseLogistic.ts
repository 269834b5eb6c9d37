import { softplus, type Tensor } from '@ragwright/torch';
import { z } from 'zod';
import { type Activation, activate, activations } from './activation.ts';
import { idealGains } from './gains.ts';
import { type LambdaScheme, lambdaWeights } from './lambdaWeights.ts';
import type { TeachingLists } from './lists.ts';
import { besides, padScores, padValues } from './padded.ts';

/** What RankNet and the LambdaLoss family share. */
export interface PairwiseOptions {
  /** Only pairs of documents that both are among the model's k best count; default all. */
  readonly k?: number;
  /** σ: steepness of the logistic function; default 1. */
  readonly sigma?: number;
  /** Base of the logarithm; default binary (the papers' and sentence-transformers'). */
  readonly log?: 'binary' | 'natural';
  /** Of the logits; default identity (sentence-transformers'). */
  readonly activation?: Activation;
}

export const pairwiseSchema = z.strictObject({
  k: z.number().int().positive().optional(),
  sigma: z.number().positive().default(1),
  log: z.enum(['binary', 'natural']).default('binary'),
  activation: z.enum(activations).default('identity'),
});

interface PairwiseSettings extends z.output<typeof pairwiseSchema> {
  readonly scheme: LambdaScheme;
  readonly mu: number;
}

/** Above this, log(1 + e^x) is x in float64, too (torch's default, 20, is 2e-9 off). */
const linearFrom = 40;

/**
 * Mean over pairs of w_ij · log(1 + exp(−σ·(s_i − s_j))); see `lambda`. Takes [lists, longest, longest] memory. If k leaves
 * no pair, 0: that depends on the model's order, and the next step may have some.
 */
export function pairwiseLogistic(given: TeachingLists, settings: PairwiseSettings): Tensor {
  const { k, sigma, log, activation, scheme } = settings;
  const padded = padScores(given);
  const { absent } = padded;
  const scores = activate(padded.scores, activation);
  const places = placesOf(scores, absent);
  const pairs = pairsThatCount(given, scheme).to(scores.device);
  const counted = k === undefined ? pairs : pairs.logicalAnd(bothIn(places.le(k)));
  const gaps = scores.unsqueeze(2).sub(scores.unsqueeze(1));
  const cost = softplus(gaps.mul(-sigma), 1, linearFrom);
  const weights = lambdaWeights(besides(idealGains(given.lists, k), scores), places, settings);
  const weighted = weights ? cost.mul(weights) : cost;
  const sum = weighted.maskedFill(counted.logicalNot(), 0).sum();
  const mean = sum.div(counted.sum().clamp(1));
  return log === 'binary' ? mean.div(Math.LN2) : mean;
}

/**
 * Place of each document in the order of the scores, from 1, equal ones as they come: [lists, longest] of the scores'
 * dtype; where there is no document, after all others.
 */
function placesOf(scores: Tensor, absent: Tensor): Tensor {
  const options = { stable: true, dim: 1 };
  const order = scores
    .detach()
    .maskedFill(absent, Number.NEGATIVE_INFINITY)
    .argsort({ ...options, descending: true });
  return order.argsort(options).add(1).to(scores.dtype);
}

/**
 * bool [lists, longest, longest] on the CPU: of documents i and j, i has the higher label; all pairs for NDCGLoss1.
 */
function pairsThatCount({ lists }: TeachingLists, scheme: LambdaScheme): Tensor {
  const both = bothIn(padValues(lists.map(({ labels }) => new Uint8Array(labels.length).fill(1))).ne(0));
  if (scheme === 'NDCGLoss1') return both;
  const labels = padValues(lists.map((list) => list.labels));
  return labels.unsqueeze(2).gt(labels.unsqueeze(1)).logicalAnd(both);
}

/** [lists, longest] → [lists, longest, longest]: true for both. */
const bothIn = (documents: Tensor): Tensor => documents.unsqueeze(2).logicalAnd(documents.unsqueeze(1));
