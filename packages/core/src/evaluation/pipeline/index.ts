export {
  chooseFusionWeight,
  type FusionWeight,
  type FusionWeightTask,
  type ScoreCandidatesTask,
  type ScoredCandidates,
  scoreCandidates,
} from './chooseFusionWeight.ts';
export { decideReranker, type RerankerVerdict } from './decideReranker.ts';
export { evaluatePipeline } from './evaluatePipeline.ts';
export { storeChunks } from './missed.ts';
export { stageReports } from './stageReports.ts';
export type {
  PipelineEvaluation,
  PipelineStage,
  PipelineTask,
  RerankerStage,
  RetrieverStage,
  RunStage,
  StageEvaluation,
  StageGain,
  StageLatency,
  StageView,
} from './types.ts';
