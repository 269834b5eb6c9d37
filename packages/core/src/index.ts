/**
 * Ragwright's framework: from documents to a better retrieval pipeline. The rooms have more: `@ragwright/core/corpus`,
 * `/knowledge`, `/models`, `/learning`, `/evaluation` …; recipes are in `@ragwright/core/learning/recipes`.
 *
 * @module
 */
export { ConfigError, DataError, RagwrightError, type RunEvent, SeededRandom } from './base/index.ts';
export {
  type Chunk,
  createSplitter,
  type Document,
  type ReadResult,
  readDocuments,
  type Splitter,
  type SplitterConfig,
  splitDocument,
  splitDocuments,
} from './corpus/index.ts';
export {
  type Comparison,
  compareMetrics,
  evaluatePipeline,
  evaluateRetrieval,
  evaluateRun,
  type Qrels,
  type Run,
} from './evaluation/index.ts';
export {
  bm25Retriever,
  type ChunkFilter,
  denseRetriever,
  type Embedder,
  hybridRetriever,
  ingest,
  type KnowledgeStore,
  memoryStore,
  type RankedChunk,
  type Reranker,
  type Retriever,
  rerankingRetriever,
} from './knowledge/index.ts';
export {
  type LabelledList,
  mineHardNegatives,
  mineLists,
  readBeir,
  synthesizePairs,
  type TrainingPair,
} from './learning/index.ts';
export {
  CrossEncoder,
  EmbeddingModel,
  loadCrossEncoder,
  loadEmbeddingModel,
  resolveModel,
} from './models/index.ts';
export { loadTokenizer, type Tokenizer } from './text/index.ts';
