export {
  defaultMetrics,
  type EmbedderTask,
  evaluateRetrieval,
  type RetrievalEvaluation,
  type RetrievalStage,
  type RetrievalTask,
  type RetrieverTask,
} from './evaluateRetrieval.ts';
export { type ExactRunOptions, exactRun, type Vectors } from './exactRun.ts';
export { judgedQueries, searchDepth } from './judged.ts';
export { type RetrieverRunOptions, retrieverRun } from './retrieverRun.ts';
export {
  type ScoreDistribution,
  type ScoreDistributionOptions,
  scoreDistribution,
} from './scoreDistribution.ts';
