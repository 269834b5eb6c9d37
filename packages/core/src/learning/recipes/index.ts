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
  type RerankCandidate,
  type RerankerDevSet,
  type TunedReranker,
  type TuneRerankerOptions,
  tuneReranker,
} from './reranker.ts';
export { type RerankerData, type RerankerDataTask, rerankerData } from './rerankerData.ts';
export {
  type RerankerSettings,
  type ResolvedRerankerSettings,
  rerankerCommandSettings,
  rerankerSettings,
} from './rerankerSettings.ts';
export {
  type MultiVectorTuningSettings,
  multiVectorSettings,
  type SparseTuningSettings,
  sparseSettings,
  type TunedMultiVector,
  type TunedSparseEmbedder,
  type TuneMultiVectorOptions,
  type TuneSparseEmbedderOptions,
  tuneMultiVector,
  tuneSparseEmbedder,
} from './tokens/index.ts';
export type { TrainedModel } from './trainModel.ts';
export {
  defaultModel,
  type PipelineDescription,
  type RerankerDescription,
  type RerankerOutcome,
  type ResolvedTuneSettings,
  readPipeline,
  type TuneOutcome,
  type TuneRun,
  type TuneSettings,
  tune,
  tuneSettings,
} from './tune/index.ts';
