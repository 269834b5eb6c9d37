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
} from './beir/index.ts';
export { type CachedEmbedder, openCachedEmbedder } from './cache/index.ts';
export {
  type Deduplicated,
  type NearDuplicateOptions,
  nearDuplicateGroups,
  normalizeText,
  removeNearDuplicates,
} from './duplicates/index.ts';
export {
  loadPairs,
  type PairColumns,
  pairToRow,
  type ReadPairsOptions,
  readPairs,
  type WritePairsOptions,
  writePairs,
} from './file/index.ts';
export {
  type InspectOptions,
  inspectPairs,
  type LengthSummary,
  type PairProblems,
  type PairsInspection,
} from './inspect/index.ts';
export {
  type CorpusPassage,
  type ListMiningTask,
  type ListNegatives,
  listNegativesSchema,
  listsFromJudgements,
  listsFromPairs,
  type MinedLists,
  mineLists,
} from './lists/index.ts';
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
} from './mine/index.ts';
export {
  findLeaks,
  type GroupOptions,
  type Leak,
  type SplitDataOptions,
  type SplitOptions,
  splitByGroup,
  splitRetrievalData,
} from './split/index.ts';
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
} from './synthesize/index.ts';
export type { CorpusEntry, Judgements, LabelledList, RetrievalData, Split, TrainingPair } from './types.ts';
