export { formatMiningSummary } from './formatSummary.ts';
export { mineAllHardNegatives, mineHardNegatives } from './mineHardNegatives.ts';
export { miningSchema } from './options.ts';
export type {
  EmbedderSource,
  MinedFormat,
  MinedPairsEvent,
  MiningEvent,
  MiningOptions,
  MiningSummary,
  MiningTask,
  Rescore,
  RetrieverSource,
  ScoreSummary,
  SkipReason,
} from './types.ts';
