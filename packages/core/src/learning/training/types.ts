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
   * the batch may be cut into memory-sized pieces.
   */
  forwardBackward(batch: Batch): { readonly loss: number; readonly tokens: number };
  /** For errors: "rows 12, 87, 3 (query q12 …)". */
  describe(batch: Batch): string;
  /** Metrics on the dev split; the model is put into evaluation mode for it and back. */
  evaluate?(): Promise<Readonly<Record<string, number>>>;
  /** Hash of the training data and everything that orders it; a checkpoint of other data is refused. */
  readonly dataHash: string;
}

export interface TrainingSettings {
  /** Default 1. */
  readonly epochs: number;
  /** Stop after so many steps, whatever the epochs say. */
  readonly maxSteps?: number;
  /** Peak of the schedule; default 2e-5 (sentence-transformers' examples). */
  readonly learningRate: number;
  /** Default linear, with warm-up. */
  readonly schedule: 'linear' | 'cosine' | 'constant';
  /** Fraction of all steps; default 0.1. */
  readonly warmupRatio: number;
  /** AdamW's; not on biases and norms; default 0 (transformers' Trainer). */
  readonly weightDecay: number;
  /** Gradients are scaled down to this norm; default 1 (transformers' Trainer). */
  readonly maxGradNorm: number;
  /** bfloat16: autocast; parameters and optimizer state stay float32. */
  readonly precision: 'float32' | 'bfloat16';
  /** Seeds dropout, sampling and everything else that is random. */
  readonly seed: number;
  /** Steps between checkpoints; 0: only at the end and on interruption. */
  readonly checkpointEvery: number;
  /** Checkpoints that stay besides the best; default 2. */
  readonly keepCheckpoints: number;
  /** Steps between evaluations on dev; 0: at the end of each epoch. */
  readonly evaluateEvery: number;
  /** Dev metric that decides which checkpoint is best, the higher the better; default ndcg@10. */
  readonly bestMetric: string;
  /** Stop after so many evaluations without a better one; 0: never. */
  readonly patience: number;
}

/** What the loop returns. */
export interface TrainingOutcome {
  readonly steps: number;
  readonly finished: 'done' | 'early stop' | 'interrupted';
  /** Mean loss of the last steps. */
  readonly loss: number;
  readonly best?: { readonly step: number; readonly metric: number; readonly folder: string };
  readonly seconds: number;
  readonly tokens: number;
  /** Bytes. */
  readonly peakMemory: number;
}

/** A scalar loss with what it is the mean of. */
export interface CountedLoss {
  readonly loss: Tensor;
  readonly count: number;
}
