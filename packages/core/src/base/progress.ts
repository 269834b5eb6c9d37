/** What long work reports. The terminal, `events.jsonl` and the report read these and nothing else. */
export type RunEvent =
  | StageEvent
  | ProgressEvent
  | TrainingStepEvent
  | EvaluationEvent
  | CheckpointEvent
  | NoticeEvent;

/** A stage of a run (load, chunk, embed, index, evaluate, mine, train …) begins or ends. */
export interface StageEvent {
  readonly type: 'stage';
  readonly stage: string;
  readonly status: 'started' | 'done';
  /** How long the stage took; with `done`. */
  readonly seconds?: number;
  /** What came out, in words a reader of the terminal wants ("1,217 documents, 1,530 chunks"). */
  readonly summary?: string;
}

/** Work of a known or unknown amount goes on. */
export interface ProgressEvent {
  readonly type: 'progress';
  readonly stage: string;
  readonly done: number;
  /** Absent if nobody knows. */
  readonly total?: number;
  /** Of what: documents, chunks, texts, queries … */
  readonly unit: string;
  /** Units per second. */
  readonly rate?: number;
  readonly secondsLeft?: number;
}

/** One optimizer step. */
export interface TrainingStepEvent {
  readonly type: 'step';
  readonly stage: string;
  /** Steps done, from 1. */
  readonly step: number;
  readonly totalSteps: number;
  /** Fraction of the epochs done: 1.5 is the middle of the second. */
  readonly epoch: number;
  readonly loss: number;
  /** Norm of all gradients before clipping. */
  readonly gradNorm: number;
  readonly learningRate: number;
  /** Real tokens in this step. */
  readonly tokens: number;
  /** Over the last steps. */
  readonly tokensPerSecond: number;
  readonly secondsLeft: number;
}

/** Metrics of a model on a split. */
export interface EvaluationEvent {
  readonly type: 'evaluation';
  readonly stage: string;
  /** `base`, `tuned`, or during training `step 40`. */
  readonly model: string;
  readonly step?: number;
  readonly split: string;
  /** By name: `ndcg@10`, `recall@100` … */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface CheckpointEvent {
  readonly type: 'checkpoint';
  readonly stage: string;
  readonly step: number;
  readonly folder: string;
  /** Whether it is the best so far by the dev metric. */
  readonly best: boolean;
}

/** Something a person should read: a file that was passed over, a fallback that was taken. */
export interface NoticeEvent {
  readonly type: 'notice';
  readonly level: 'info' | 'warning';
  readonly message: string;
}
