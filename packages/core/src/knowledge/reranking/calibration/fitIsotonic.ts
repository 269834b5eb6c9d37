import { checkObservations, scoresOf, sharesOf, weightsOf } from './observations.ts';
import type { IsotonicCalibration } from './types.ts';

export interface IsotonicOptions {
  /** How much each label counts; above 0. Default: all alike. */
  readonly weights?: ArrayLike<number>;
}

/** Neighbouring scores that share one probability. */
interface Block {
  readonly from: number;
  to: number;
  sum: number;
  weight: number;
}

/**
 * The probabilities that never fall as scores rise and are nearest to the labels (least squares), by pooling adjacent
 * violators (Barlow et al., 1972; for calibration Zadrozny and Elkan, 2002). Equal scores are averaged first. Between
 * blocks probabilities lie on a straight line, beyond the ends they stay, as in scikit-learn.
 *
 * It needs many labels, a thousand say, and makes ties: the first and the last block often say 0 and 1.
 *
 * @param labels 1 relevant, 0 not, or shares between
 * @throws ConfigError if lengths differ, there are no labels, or numbers are not finite or out of range
 */
export function fitIsotonic(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: IsotonicOptions = {},
): IsotonicCalibration {
  const { weights } = options;
  checkObservations('fitIsotonic', {
    scores: scoresOf(scores),
    labels: sharesOf(labels),
    ...(weights && { weights: weightsOf(weights) }),
  });
  const blocks: Block[] = [];
  for (const point of distinct(scores, labels, weights)) {
    blocks.push(point);
    pool(blocks);
  }
  const calibration = { scores: [] as number[], probabilities: [] as number[] };
  for (const { from, to, sum, weight } of blocks) {
    const probability = Math.min(1, Math.max(0, sum / weight));
    for (const score of from === to ? [from] : [from, to]) {
      calibration.scores.push(score);
      calibration.probabilities.push(probability);
    }
  }
  return { kind: 'isotonic', ...calibration };
}

/** One block per score, ascending. */
function distinct(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
): Block[] {
  const order = Array.from({ length: scores.length }, (_, i) => i);
  order.sort((a, b) => (scores[a] as number) - (scores[b] as number));
  const blocks: Block[] = [];
  for (const i of order) {
    const score = (scores[i] as number) + 0; // −0 is 0
    const weight = weights?.[i] ?? 1;
    const sum = weight * (labels[i] as number);
    const last = blocks.at(-1);
    if (last?.to === score) {
      last.sum += sum;
      last.weight += weight;
    } else blocks.push({ from: score, to: score, sum, weight });
  }
  return blocks;
}

/** Joins the last blocks until they rise. */
function pool(blocks: Block[]): void {
  for (;;) {
    const [before, last] = blocks.slice(-2);
    if (!before || !last || before.sum / before.weight < last.sum / last.weight) return;
    blocks.pop();
    before.to = last.to;
    before.sum += last.sum;
    before.weight += last.weight;
  }
}
