import type { Tensor } from '@ragwright/torch';
import type { Module } from '@ragwright/torch/nn';

/**
 * What the loop needs to know of a task. `Batch` is whatever the sampler's indexes are collated into; a recipe
 * builds one of these, the loop knows nothing of retrieval.
 */
export interface TrainingTask<Batch> {
  /** Trainable parameters are those with `requiresGrad`. */
  readonly model: Module;
  readonly batchesPerEpoch: number;
  /** Index lists of an epoch: the same for the same epoch, so that resuming can skip. */
  epoch(epoch: number): Iterable<readonly number[]>;
  collate(indexes: readonly number[]): Promise<Batch> | Batch;
  /**
   * Runs forward and backward of one batch, leaving gradients in the parameters, and returns the loss. In it,
   * the batch may be cut into memory-sized pieces. Called inside a scope; with `bfloat16` the forward part is to
   * run under autocast.
   *
   * @param progress part of all steps that is done before this one, from 0 to 1; the same after a resume
   */
  forwardBackward(
    batch: Batch,
    precision: Precision,
    progress?: number,
  ): { readonly loss: number; readonly tokens: number };
  /** For errors: "rows 12, 87, 3 (query q12 …)". */
  describe(batch: Batch): string;
  /** Metrics on the dev split; the loop puts the model into evaluation mode for it and back. */
  evaluate?(signal: AbortSignal | undefined): Promise<Readonly<Record<string, number>>>;
  /** Hash of the training data and everything that orders it; a checkpoint of other data is refused. */
  readonly dataHash: string;
  /** What else decides the course (objective, batch size …), in JSON; a checkpoint of other settings is refused. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What the task itself must remember to go on exactly (a memory budget that was measured …), in JSON. */
  saveState?(): Readonly<Record<string, unknown>>;
  restoreState?(state: Readonly<Record<string, unknown>>): void;
}

/** bfloat16: autocast; parameters and optimizer state stay float32. */
export type Precision = 'float32' | 'bfloat16';

export interface TrainingSettings {
  /** Default 1; 1.5 ends in the middle of the second. */
  readonly epochs: number;
  /** Stop after so many steps, whatever the epochs say; the schedule ends there too. */
  readonly maxSteps?: number | undefined;
  /** Peak of the schedule; default 2e-5 (sentence-transformers' examples). */
  readonly learningRate: number;
  /** Default linear, with warm-up. */
  readonly schedule: 'linear' | 'cosine' | 'constant';
  /** Fraction of all steps; default 0.1. */
  readonly warmupRatio: number;
  /** AdamW's; not on biases and norms; default 0 (transformers' Trainer). */
  readonly weightDecay: number;
  /** Gradients are scaled down to this norm; default 1 (transformers' Trainer); 0: not at all. */
  readonly maxGradNorm: number;
  /** Default float32. */
  readonly precision: Precision;
  /** Seeds dropout, sampling and everything else that is random; default 42 (transformers' Trainer). */
  readonly seed: number;
  /** Steps between checkpoints; 0: only at the end and on interruption; default 500 (transformers' Trainer). */
  readonly checkpointEvery: number;
  /** Checkpoints that stay besides the best; default 2. */
  readonly keepCheckpoints: number;
  /** Steps between evaluations on dev; 0 (the default): at the end of each epoch. The last step is always evaluated. */
  readonly evaluateEvery: number;
  /** Also before the first step, so that the base model can be the best; default true. */
  readonly evaluateAtStart: boolean;
  /** Dev metric that decides which checkpoint is best, the higher the better; default ndcg@10. */
  readonly bestMetric: string;
  /** Stop after so many evaluations in a row without a better one; 0 (the default): never. */
  readonly patience: number;
}

/** Where and how one run of the loop happens; nothing here changes its result. */
export interface TrainingRun {
  /** Gets `checkpoints/` and `best/`. */
  readonly runFolder: string;
  /** Whose `events.jsonl` the events go to, if not the run folder's: a run that is a stage of a larger one. */
  readonly eventsFolder?: string | undefined;
  /** As events name it; default `train`. */
  readonly stage?: string;
  /** On abort, a checkpoint is saved and the outcome is `interrupted`. */
  readonly signal?: AbortSignal | undefined;
  /** Go on from the newest good checkpoint in the run folder, or begin if there is none; default false. */
  readonly resume?: boolean;
}

/** What the loop returns. The model then has the best weights, if there was an evaluation, else the last. */
export interface TrainingOutcome {
  readonly steps: number;
  readonly finished: 'done' | 'early stop' | 'interrupted';
  /** Mean loss of the last steps. */
  readonly loss: number;
  /** Of the best evaluation; the file holds the model's weights. */
  readonly best?: { readonly step: number; readonly metric: number; readonly file: string };
  /** Resumed runs included. */
  readonly seconds: number;
  readonly tokens: number;
  /** Of the process, in bytes. */
  readonly peakMemory: number;
}

/** A scalar loss with what it is the mean of. */
export interface CountedLoss {
  readonly loss: Tensor;
  readonly count: number;
}
