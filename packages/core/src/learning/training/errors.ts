import { RagwrightError } from '../../base/errors.ts';

export interface NonFiniteLossDetails {
  /** The step that failed, from 1. */
  readonly step: number;
  readonly epoch: number;
  /** The rows, as the task describes them. */
  readonly batch: string;
  readonly loss: number;
  readonly gradNorm: number;
  /** The newest good checkpoint, if there is one. */
  readonly lastCheckpoint: string | undefined;
}

/** The loss or its gradient became NaN or infinite. The weights are those before the step. */
export class NonFiniteLossError extends RagwrightError {
  readonly details: NonFiniteLossDetails;

  constructor(details: NonFiniteLossDetails) {
    const { step, batch, loss, gradNorm, lastCheckpoint } = details;
    const kept =
      lastCheckpoint === undefined ? 'no checkpoint yet' : `last good checkpoint: ${lastCheckpoint}`;
    super(
      `step ${step}: loss ${loss}, gradient norm ${gradNorm}, in ${batch}; ${kept}. ` +
        'A lower learning rate, a longer warm-up or float32 may help; look at these rows first.',
    );
    this.details = details;
  }
}

/** A checkpoint that could not be written or, the only one, not be read. */
export class CheckpointError extends RagwrightError {
  readonly folder: string;

  constructor(folder: string, message: string, options?: ErrorOptions) {
    super(`${folder}: ${message}`, options);
    this.folder = folder;
  }
}

export interface ResumeDifference {
  /** `data`, or the dotted name of a setting. */
  readonly field: string;
  readonly checkpoint: string;
  readonly now: string;
}

/** A run cannot go on from a checkpoint that was made with other data or other settings. */
export class ResumeMismatchError extends RagwrightError {
  readonly folder: string;
  readonly differences: readonly ResumeDifference[];

  constructor(folder: string, differences: readonly ResumeDifference[]) {
    const lines = differences.map(
      ({ field, checkpoint, now }) => `\n  ${field}: ${checkpoint} in the checkpoint, ${now} now`,
    );
    super(
      `${folder} belongs to another run:${lines.join('')}\n` +
        'Use the same data and settings, or another run folder.',
    );
    this.folder = folder;
    this.differences = differences;
  }
}

/** The dev evaluation has no usable value of the metric that decides which checkpoint is best. */
export class BestMetricError extends RagwrightError {
  readonly metric: string;
  readonly known: readonly string[];

  constructor(metric: string, metrics: Readonly<Record<string, number>>) {
    const known = Object.keys(metrics);
    const value = metrics[metric];
    const problem =
      value === undefined ? `there is none; the evaluation gives ${known.join(', ')}` : `it is ${value}`;
    super(`bestMetric '${metric}': ${problem}`);
    this.metric = metric;
    this.known = known;
  }
}
