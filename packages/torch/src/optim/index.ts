export { type AccumulatedLoss, GradientAccumulation } from './accumulation.ts';
export { AdamW, type AdamWSettings } from './adamw.ts';
export { clipGradNorm } from './clipGradNorm.ts';
export {
  type NamedParameter,
  noDecayOnBiasAndNorm,
  type OptimizerParameters,
  type ParameterGroup,
} from './groups.ts';
export type { Optimizer, StepOptions } from './optimizer.ts';
export type { OptimizerStateDict } from './optimizerState.ts';
export {
  constantSchedule,
  cosineSchedule,
  type DecayOptions,
  linearSchedule,
  type Schedule,
  type WarmupOptions,
} from './schedules.ts';
export { SGD, type SGDSettings } from './sgd.ts';
