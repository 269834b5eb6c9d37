import { ConfigError } from '../../../base/errors.ts';
import type { Calibration, IsotonicCalibration, ScoreScale } from './types.ts';

/**
 * The probability that a score stands for. A higher score never gets a lower probability.
 *
 * @throws ConfigError if the score is no finite number
 */
export function applyCalibration(calibration: Calibration, score: number): number {
  if (!Number.isFinite(score))
    throw new ConfigError('applyCalibration', [
      { field: 'score', expected: 'a finite number', got: String(score) },
    ]);
  if (calibration.kind === 'isotonic') return interpolate(calibration, score);
  const { scale, temperature, bias } = calibration;
  return sigmoid(toLogit(score, scale) / temperature + bias);
}

/** 1 / (1 + e^−x) without overflow. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const small = Math.exp(x);
  return small / (1 + small);
}

/** Half a step of a 32-bit float below 1: a sigmoid computed in those cannot tell what is nearer to 0 or 1. */
const nearest = 2 ** -25;

/** ln(p / (1 − p)), for p within 2⁻²⁵ and 1 − 2⁻²⁵: ± 17.3 at most. */
export function toLogit(score: number, scale: ScoreScale): number {
  if (scale === 'logit') return score;
  const p = Math.min(1 - nearest, Math.max(nearest, score));
  return Math.log(p) - Math.log1p(-p);
}

function interpolate({ scores, probabilities }: IsotonicCalibration, score: number): number {
  let low = 0;
  let high = scores.length - 1;
  if (score <= (scores[low] as number)) return probabilities[low] as number;
  if (score >= (scores[high] as number)) return probabilities[high] as number;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((scores[middle] as number) <= score) low = middle;
    else high = middle;
  }
  const [from, to] = [probabilities[low] as number, probabilities[high] as number];
  const start = scores[low] as number;
  const share = (score - start) / ((scores[high] as number) - start);
  return Math.min(to, from + share * (to - from));
}
