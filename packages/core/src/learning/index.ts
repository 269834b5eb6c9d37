/** Training data, batches, objectives and the loop. Recipes are in `@ragwright/core/learning/recipes`. */
export {
  type BatchSampler,
  collator,
  type EmbeddingBatch,
  falseNegatives,
  findTokensInMemory,
  knownPositives,
  noDuplicatesSampler,
  randomSampler,
} from './batches/index.ts';
export {
  angle,
  cosent,
  distillKl,
  type EmbeddingObjective,
  embeddingForwardBackward,
  forwardBackwardCached,
  gist,
  type MultiVectorObjective,
  marginMse,
  matryoshka,
  multipleNegativesRanking,
  multiVectorDistillKl,
  multiVectorForwardBackward,
  multiVectorMarginMse,
  multiVectorNegativesRanking,
  ObjectiveError,
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
export type { CorpusEntry, Judgements, RetrievalData, Split, TrainingPair } from './pairs/types.ts';
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
