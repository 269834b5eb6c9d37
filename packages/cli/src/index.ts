/**
 * Ragwright: RAG-aware fine-tuning for TypeScript. One import for everybody: what `@ragwright/core` exports, its recipes,
 * and `defineConfig` for `ragwright.config.ts`.
 *
 * @module
 */
export {
  bm25Retriever,
  type Chunk,
  type ChunkFilter,
  type Comparison,
  ConfigError,
  compareMetrics,
  createSplitter,
  DataError,
  type Document,
  denseRetriever,
  type Embedder,
  EmbeddingModel,
  evaluateRetrieval,
  evaluateRun,
  hybridRetriever,
  ingest,
  type KnowledgeStore,
  loadEmbeddingModel,
  loadTokenizer,
  memoryStore,
  mineHardNegatives,
  type Qrels,
  RagwrightError,
  type RankedChunk,
  type ReadResult,
  type Retriever,
  type Run,
  type RunEvent,
  readBeir,
  readDocuments,
  resolveModel,
  SeededRandom,
  type Splitter,
  type SplitterConfig,
  splitDocument,
  splitDocuments,
  synthesizePairs,
  type Tokenizer,
  type TrainingPair,
} from '@ragwright/core';
export { tune, tuneEmbedder } from '@ragwright/core/learning/recipes';
export { type Config, defineConfig } from './config/define.ts';
