/** Training data, batches, objectives and the loop. Recipes are in `@ragwright/core/learning/recipes`. */
export {
  type BatchSampler,
  collator,
  type EmbeddingBatch,
  falseNegatives,
  findTokensInMemory,
  groupByLabelSampler,
  knownPositives,
  multiDatasetSampler,
  noDuplicatesSampler,
  randomSampler,
  rankingCollator,
} from './batches/index.ts';
export {
  angle,
  batchAllTriplet,
  batchHardSoftMarginTriplet,
  batchHardTriplet,
  batchSemiHardTriplet,
  checkRankingRows,
  contrastive,
  cosent,
  cosineSimilarity,
  distillKl,
  type EmbeddingObjective,
  embeddingForwardBackward,
  forwardBackwardCached,
  gist,
  globalOrthogonalRegularization,
  type MultiVectorObjective,
  makeRankingObjective,
  marginMse,
  matryoshka,
  megaBatchMargin,
  multipleNegativesRanking,
  multiVectorDistillKl,
  multiVectorForwardBackward,
  multiVectorMarginMse,
  multiVectorNegativesRanking,
  ObjectiveError,
  onlineContrastive,
  type RankingObjective,
  type RankingObjectiveChoice,
  type RankingObjectiveName,
  rankingLosses,
  rankingObjectiveNames,
  type SpladeOptions,
  spladeLoss,
  triplet,
} from './objectives/index.ts';
export {
  corpusText,
  corpusTexts,
  dataFromPairs,
  judgementsOf,
  type PairsFromJudgementsOptions,
  pairsFromJudgements,
  queryIdOf,
  type ReadBeirOptions,
  readBeir,
} from './pairs/beir/index.ts';
export { type CachedEmbedder, openCachedEmbedder } from './pairs/cache/index.ts';
export {
  type Deduplicated,
  type NearDuplicateOptions,
  nearDuplicateGroups,
  normalizeText,
  removeNearDuplicates,
} from './pairs/duplicates/index.ts';
export {
  loadPairs,
  type PairColumns,
  pairToRow,
  type ReadPairsOptions,
  readPairs,
  type WritePairsOptions,
  writePairs,
} from './pairs/file/index.ts';
export {
  type InspectOptions,
  inspectPairs,
  type LengthSummary,
  type PairProblems,
  type PairsInspection,
} from './pairs/inspect/index.ts';
export {
  type CorpusPassage,
  type ListNegatives,
  listNegativesSchema,
  listsFromJudgements,
  listsFromPairs,
  type MinedLists,
  mineLists,
} from './pairs/lists/index.ts';
export {
  type EmbedderSource,
  formatMiningSummary,
  type MinedFormat,
  type MinedPairsEvent,
  type MiningEvent,
  type MiningOptions,
  type MiningSummary,
  type MiningTask,
  mineAllHardNegatives,
  mineHardNegatives,
  miningSchema,
  type Rescore,
  type RetrieverSource,
  type ScoreSummary,
  type SkipReason,
} from './pairs/mine/index.ts';
export {
  findLeaks,
  type GroupOptions,
  type Leak,
  type SplitDataOptions,
  type SplitOptions,
  splitByGroup,
  splitRetrievalData,
} from './pairs/split/index.ts';
export {
  type CropOptions,
  type DropReason,
  type FilteredPairs,
  type FilterPairsOptions,
  filterPairs,
  type InverseClozeOptions,
  type Passage,
  type SynthesisMethod,
  type SynthesizedPair,
  type SynthesizeOptions,
  synthesisMethods,
  synthesizePairs,
} from './pairs/synthesize/index.ts';
export type {
  CorpusEntry,
  Judgements,
  LabelledList,
  RetrievalData,
  Split,
  TrainingPair,
} from './pairs/types.ts';
export { type BestRecord, readBest } from './training/best.ts';
export { type Checkpoint, listCheckpoints } from './training/checkpoints.ts';
export {
  BestMetricError,
  CheckpointError,
  type NonFiniteLossDetails,
  NonFiniteLossError,
  type ResumeDifference,
  ResumeMismatchError,
} from './training/errors.ts';
export { train } from './training/loop.ts';
export { resolveTrainingSettings, trainingSettingsSchema } from './training/settings.ts';
export type {
  CountedLoss,
  Precision,
  TrainingOutcome,
  TrainingRun,
  TrainingSettings,
  TrainingTask,
} from './training/types.ts';
