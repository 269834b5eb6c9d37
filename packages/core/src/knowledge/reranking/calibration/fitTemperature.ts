import { sigmoid, toLogit } from './apply.ts';
import { checkObservations, scoresOf, sharesOf } from './observations.ts';
import type { ScoreScale, TemperatureCalibration } from './types.ts';

export interface TemperatureOptions {
  /** What the scores are; default `logit`. */
  readonly scale?: ScoreScale;
  /**
   * Also fit a bias. Default true (Platt, 1999): a reranker trained on lists with many positives is too sure of what a
   * retriever brings, and no temperature mends that. False: the temperature alone (Guo et al., 2017).
   */
  readonly bias?: boolean;
  /**
   * Fit to labels that are a little off 0 and 1, by how many of each there are: 1 / (n₀ + 2) and (n₁ + 1) / (n₁ + 2)
   * (Platt, 1999). Default true: few labels, or labels that the scores tell apart without a mistake, give no extreme
   * temperature then.
   */
  readonly smoothing?: boolean;
}

/** The temperature stays within the typical size of a logit, divided and multiplied by this. */
const widest = 1000;

/**
 * Fits p = σ(score / T + b) to labels by maximum likelihood. With a = 1/T the negative log-likelihood is convex in
 * (a, b). For each a the best b is the root of a rising function; along those b, the slope in ln a changes its sign
 * once, and is halved down to it. T stays above 0, so that no order is turned round: for scores that say the opposite
 * of the labels it ends at its upper bound, where all probabilities are nearly the same.
 *
 * @param labels 1 relevant, 0 not; shares between are taken as they are
 * @throws ConfigError if lengths differ, there are no labels, or numbers are not finite or out of range
 */
export function fitTemperature(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: TemperatureOptions = {},
): TemperatureCalibration {
  const { scale = 'logit', bias: withBias = true, smoothing = true } = options;
  const checkedScores = scale === 'logit' ? scoresOf(scores) : sharesOf(scores);
  checkObservations('fitTemperature', { scores: checkedScores, labels: sharesOf(labels) });
  const logits = Float64Array.from(scores, (score) => toLogit(score, scale));
  const targets = smoothing ? smoothed(labels) : Float64Array.from(labels);
  const fitted = (a: number, bias: number): TemperatureCalibration => ({
    kind: 'temperature',
    scale,
    temperature: 1 / a,
    bias,
  });
  const biasAt = (a: number) => (withBias ? bestBias(logits, targets, a) : 0);
  if (withBias && logits.every((logit) => logit === logits[0])) return fitted(1, biasAt(1)); // no a is better than another
  const size = typicalSize(logits) || 1;
  const slopeAt = (logA: number) => slope(logits, targets, Math.exp(logA), biasAt(Math.exp(logA)));
  const logA = root(slopeAt, Math.log(1 / (size * widest)), Math.log(widest / size));
  return fitted(Math.exp(logA), biasAt(Math.exp(logA)));
}

/** Root of the mean square; scaled, so that the squares of huge and tiny logits are numbers too. */
function typicalSize(logits: Float64Array): number {
  const most = logits.reduce((size, logit) => Math.max(size, Math.abs(logit)), 0);
  if (most === 0) return 0;
  return most * Math.sqrt(logits.reduce((sum, logit) => sum + (logit / most) ** 2, 0) / logits.length);
}

function smoothed(labels: ArrayLike<number>): Float64Array {
  let positives = 0;
  for (let i = 0; i < labels.length; i++) positives += labels[i] as number;
  const high = (positives + 1) / (positives + 2);
  const low = 1 / (labels.length - positives + 2);
  return Float64Array.from(labels, (label) => label * high + (1 - label) * low);
}

/** d NLL / d a. */
function slope(logits: Float64Array, targets: Float64Array, a: number, bias: number): number {
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] as number;
    sum += (sigmoid(a * logit + bias) - (targets[i] as number)) * logit;
  }
  return sum;
}

/** Where the mean probability is the mean target: d NLL / d b = 0. */
function bestBias(logits: Float64Array, targets: Float64Array, a: number): number {
  const target = targets.reduce((sum, value) => sum + value, 0);
  const excess = (bias: number) => logits.reduce((sum, logit) => sum + sigmoid(a * logit + bias), 0) - target;
  const low = logits.reduce((least, logit) => Math.min(least, a * logit), Number.POSITIVE_INFINITY);
  const high = logits.reduce((most, logit) => Math.max(most, a * logit), Number.NEGATIVE_INFINITY);
  return root(excess, -high - saturated, -low + saturated);
}

/** σ of this is 1 to a 64-bit float. */
const saturated = 40;

/** Where a rising function is 0, by halving; the end that is nearer to it if that is not within. */
function root(rising: (at: number) => number, from: number, to: number): number {
  let [low, high] = [from, to];
  if (rising(low) >= 0) return low;
  if (rising(high) <= 0) return high;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (rising(middle) < 0) low = middle;
    else high = middle;
  }
}
