import { ConfigError } from '../../../base/errors.ts';
import { checkObservations, sharesOf } from './observations.ts';

/**
 * Expected calibration error (Naeini et al., 2015; Guo et al., 2017): probabilities are put into bins of equal width,
 * ((m − 1) / M, m / M], and the error is the mean distance of a bin's mean probability from its share of positives,
 * bins weighted by how many are in them. 0 is best.
 *
 * @param bins M; default 15, as in Guo et al.
 * @throws ConfigError if lengths differ, there are none, numbers are out of range, or `bins` is no whole number from 1
 */
export function expectedCalibrationError(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  bins = 15,
): number {
  const where = 'expectedCalibrationError';
  checkObservations(where, { probabilities: sharesOf(probabilities), labels: sharesOf(labels) });
  if (!Number.isSafeInteger(bins) || bins < 1)
    throw new ConfigError(where, [{ field: 'bins', expected: 'a whole number from 1', got: String(bins) }]);
  const gaps = new Map<number, number>();
  for (let i = 0; i < probabilities.length; i++) {
    const probability = probabilities[i] as number;
    const bin = Math.max(0, Math.ceil(probability * bins) - 1);
    gaps.set(bin, (gaps.get(bin) ?? 0) + probability - (labels[i] as number));
  }
  let sum = 0;
  for (const gap of gaps.values()) sum += Math.abs(gap); // |mean p − mean label| · count
  return sum / probabilities.length;
}

/**
 * Brier score (1950): the mean squared distance of probabilities from labels. 0 is best.
 *
 * @throws ConfigError if lengths differ, there are none, or numbers are out of range
 */
export function brierScore(probabilities: ArrayLike<number>, labels: ArrayLike<number>): number {
  checkObservations('brierScore', { probabilities: sharesOf(probabilities), labels: sharesOf(labels) });
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++)
    sum += ((probabilities[i] as number) - (labels[i] as number)) ** 2;
  return sum / probabilities.length;
}
