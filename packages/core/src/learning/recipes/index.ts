export { type DevSet, type TunedEmbedder, type TuneEmbedderOptions, tuneEmbedder } from './embedder.ts';
export type { EmbedderDataset } from './embedderData.ts';
export { type ObjectiveChoice, type ObjectiveName, objectiveNames } from './embedderObjective.ts';
export { type SamplerSetting, samplerSettings } from './embedderSampler.ts';
export {
  type EmbedderSettings,
  embedderSettings,
  type ObjectiveSetting,
  type ResolvedEmbedderSettings,
} from './embedderSettings.ts';
export { fastPrecision, type Precision } from './precision.ts';
export {
  defaultModel,
  type ResolvedTuneSettings,
  type TuneOutcome,
  type TuneRun,
  type TuneSettings,
  tune,
  tuneSettings,
} from './tune/index.ts';
