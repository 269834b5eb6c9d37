export type { Trial } from './bytesPerToken.ts';
export { type CollateOptions, collator, type TextRole, type TokenizedColumn } from './collate.ts';
export { atLeastFloat32, type EmbedOptions, embedMiniBatch } from './embedMiniBatch.ts';
export { BatchError, type BatchErrorDetails } from './errors.ts';
export { falseNegatives } from './falseNegatives.ts';
export { findTokensInMemory, type TokensInMemory, type TokensInMemoryOptions } from './findTokensInMemory.ts';
export { type GroupByLabelSampler, groupByLabelSampler } from './groupByLabelSampler.ts';
export { type KnownPositives, knownPositives } from './knownPositives.ts';
export { miniBatches, pairMiniBatches } from './miniBatches.ts';
export {
  datasetOf,
  type MultiDatasetOptions,
  type MultiDatasetStrategy,
  multiDatasetSampler,
  multiDatasetStrategies,
  type SampledDataset,
} from './multiDatasetSampler.ts';
export type { RankingBatch } from './rankingBatch.ts';
export { type PairTokens, type RankingCollateOptions, rankingCollator } from './rankingCollate.ts';
export type { SamplerOptions } from './samplerOptions.ts';
export { noDuplicatesSampler, randomSampler } from './samplers.ts';
export type {
  BatchSampler,
  EmbeddingBatch,
  EmbeddingForward,
  MiniBatch,
  SamplerState,
  TextColumn,
} from './types.ts';
