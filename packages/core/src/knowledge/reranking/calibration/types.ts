/**
 * `logit`: any real number, as a cross-encoder with the `identity` activation gives it. `probability`: 0 to 1, after
 * the sigmoid; it is turned back into a logit first.
 */
export type ScoreScale = 'logit' | 'probability';

/** p = 1 / (1 + e^−(score / temperature + bias)). */
export interface TemperatureCalibration {
  readonly kind: 'temperature';
  /** What scores have to be. */
  readonly scale: ScoreScale;
  /** Above 0. */
  readonly temperature: number;
  readonly bias: number;
}

/** Straight lines between points, flat before the first and behind the last. */
export interface IsotonicCalibration {
  readonly kind: 'isotonic';
  /** Scores, ascending, at least one. */
  readonly scores: readonly number[];
  /** The probability at each of them, never falling. */
  readonly probabilities: readonly number[];
}

/** How a score becomes the probability that a passage is relevant. JSON, to be kept beside the model. */
export type Calibration = TemperatureCalibration | IsotonicCalibration;
