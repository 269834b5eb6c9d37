export { StoreError, type StoreErrorDetails, type StoreErrorReason } from './errors.ts';
export { type IngestOptions, type IngestSummary, ingest } from './ingest/index.ts';
export {
  applyCalibration,
  brierScore,
  type Calibration,
  type CombineOptions,
  calibrationSchema,
  combineScores,
  expectedCalibrationError,
  fitIsotonic,
  fitTemperature,
  type IsotonicOptions,
  RerankerError,
  type RerankingOptions,
  rerankingRetriever,
  type ScoredCandidate,
  type TemperatureOptions,
} from './reranking/index.ts';
export {
  bm25Retriever,
  denseRetriever,
  distinctRetriever,
  type HighlightOptions,
  type HybridOptions,
  highlight,
  hybridRetriever,
  type MultiVectorOptions,
  maxSimReranker,
  multiVectorRetriever,
  type Normalisation,
  type Passage,
  type RankedDocument,
  rankDocuments,
  reciprocalRankFusion,
  retrieveDocuments,
  type Span,
  sparseRetriever,
  weightedFusion,
  withoutNearDuplicates,
} from './retrieval/index.ts';
export { maxSim, sparseDot } from './scoring/index.ts';
export { type LanceStoreOptions, lanceStore } from './stores/lancedb/index.ts';
export { type MemoryStoreOptions, memoryStore } from './stores/memory/index.ts';
export { type PgvectorStoreOptions, pgvectorStore } from './stores/pgvector/index.ts';
export { type Bm25Options, searchableText, type TermLanguage } from './terms/index.ts';
export type {
  ChunkFilter,
  EmbeddedChunk,
  Embedder,
  EmbedOptions,
  FieldCondition,
  KnowledgeStore,
  MultiVector,
  MultiVectorEmbedder,
  RankedChunk,
  Reranker,
  RerankOptions,
  RerankRequest,
  RetrieveOptions,
  Retriever,
  SearchOptions,
  SparseEmbedder,
  SparseVector,
} from './types.ts';
