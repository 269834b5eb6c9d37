export { type AngleOptions, angle } from './angle.ts';
export { batchAllTriplet } from './batchAllTriplet.ts';
export {
  type BatchTripletOptions,
  batchHardSoftMarginTriplet,
  batchHardTriplet,
} from './batchHardTriplet.ts';
export { batchSemiHardTriplet } from './batchSemiHardTriplet.ts';
export { type CachedStep, forwardBackwardCached } from './cached.ts';
export { type ContrastiveOptions, contrastive } from './contrastive.ts';
export { type CosentOptions, cosent } from './cosent.ts';
export { cosineSimilarity } from './cosineSimilarity.ts';
export type { Distance } from './distance.ts';
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
export {
  type GlobalOrthogonalRegularizationOptions,
  globalOrthogonalRegularization,
} from './globalOrthogonalRegularization.ts';
export { type MarginMseOptions, marginMse } from './marginMse.ts';
export { type MatryoshkaOptions, matryoshka } from './matryoshka.ts';
export { type MegaBatchMarginOptions, megaBatchMargin } from './megaBatchMargin.ts';
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
export { onlineContrastive } from './onlineContrastive.ts';
export { type RankingStep, rankingForwardBackward } from './ranking/forwardBackward.ts';
export {
  checkRankingBatch,
  checkRankingRows,
  makeRankingObjective,
  type RankingNeeds,
  type RankingObjective,
  type RankingObjectiveChoice,
  type RankingObjectiveName,
  type RankingRowsSummary,
  rankingLosses,
  rankingObjectiveNames,
  trainableLists,
} from './ranking/index.ts';
export type { Similarity } from './similarity.ts';
export {
  flops,
  type RegularizerWarmup,
  regularizerFactor,
  type SpladeOptions,
  spladeLoss,
} from './splade.ts';
export { type TripletOptions, triplet } from './triplet.ts';
export type { EmbeddingObjective, ObjectiveNeeds } from './types.ts';
