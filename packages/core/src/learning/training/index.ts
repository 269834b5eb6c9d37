export { type BestRecord, readBest } from './best.ts';
export { type Checkpoint, listCheckpoints } from './checkpoints.ts';
export {
  BestMetricError,
  CheckpointError,
  type NonFiniteLossDetails,
  NonFiniteLossError,
  type ResumeDifference,
  ResumeMismatchError,
} from './errors.ts';
export { train } from './loop.ts';
export { resolveTrainingSettings, trainingSettingsSchema } from './settings.ts';
export type {
  CountedLoss,
  Precision,
  TrainingOutcome,
  TrainingRun,
  TrainingSettings,
  TrainingTask,
} from './types.ts';
