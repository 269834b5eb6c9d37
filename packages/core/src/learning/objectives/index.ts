export { type AngleOptions, angle } from './angle.ts';
export { type CachedStep, forwardBackwardCached } from './cached.ts';
export { type CosentOptions, cosent } from './cosent.ts';
export { type DistillKlOptions, distillKl } from './distillKl.ts';
export { type EmbedColumnsOptions, embedColumns } from './embedColumns.ts';
export { ObjectiveError, type ObjectiveErrorDetails } from './errors.ts';
export {
  type EmbeddingStep,
  type EmbeddingStepResult,
  embeddingForwardBackward,
  type Guide,
  type TrainableEmbedding,
} from './forwardBackward.ts';
export { type GistOptions, gist } from './gist.ts';
export { type MarginMseOptions, marginMse } from './marginMse.ts';
export { type MatryoshkaOptions, matryoshka } from './matryoshka.ts';
export {
  type Direction,
  type Hardness,
  type MultipleNegativesRankingOptions,
  multipleNegativesRanking,
} from './multipleNegativesRanking.ts';
export {
  type MultiVectorDistillKlOptions,
  type MultiVectorForward,
  type MultiVectorMarginMseOptions,
  type MultiVectorNegativesRankingOptions,
  type MultiVectorObjective,
  type MultiVectorStep,
  maxSimMatrix,
  maxSimPairs,
  multiVectorDistillKl,
  multiVectorForwardBackward,
  multiVectorMarginMse,
  multiVectorNegativesRanking,
} from './multivector/index.ts';
export { checkBatch, checkTrainingRows } from './needs.ts';
export type { Similarity } from './similarity.ts';
export {
  flops,
  type RegularizerWarmup,
  regularizerFactor,
  type SpladeOptions,
  spladeLoss,
} from './splade.ts';
export { type Distance, type TripletOptions, triplet } from './triplet.ts';
export type { EmbeddingObjective, ObjectiveNeeds } from './types.ts';
