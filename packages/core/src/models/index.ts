export { ConfigError, type ConfigProblem } from '../base/errors.ts';
export { encoderTypes } from './architectures.ts';
export { Bert, type BertOptions, type BertOutput } from './bert.ts';
export { type BertConfig, readBertConfig } from './bertConfig.ts';
export { DistilBert } from './distilbert.ts';
export { type DistilBertConfig, readDistilBertConfig } from './distilbertConfig.ts';
export {
  Dense,
  type DenseSettings,
  EmbeddingModel,
  type EmbeddingParts,
  type EmbeddingSettings,
  type EncodeTextsOptions,
  type Head,
  type LoadEmbeddingModelOptions,
  loadEmbeddingModel,
  Normalize,
  type PoolingMode,
  type PoolingSettings,
  type PromptChoice,
  pool,
  poolingModes,
  type Similarity,
  type TextEmbedder,
  type TextRole,
  type TokenizedTexts,
} from './embedding/index.ts';
export {
  type CachedModel,
  type DownloadProgress,
  type FailedSource,
  inspectModel,
  listModels,
  ModelSourceError,
  type ModelSummary,
  type ResolvedModel,
  type ResolveOptions,
  resolveModel,
} from './hub/index.ts';
export { type LoadBertOptions, loadBert } from './loadBert.ts';
export { type EncoderOptions, loadEncoder, newEncoder } from './loadEncoder.ts';
export { ModernBert } from './modernbert.ts';
export { type AttentionType, type ModernBertConfig, readModernBertConfig } from './modernbertConfig.ts';
export { Mpnet } from './mpnet.ts';
export { type MpnetConfig, readMpnetConfig } from './mpnetConfig.ts';
export {
  type EncodeMultiVectorOptions,
  type LoadMultiVectorModelOptions,
  loadMultiVectorModel,
  MultiVectorModel,
  type MultiVectorParts,
  type MultiVectorSettings,
  type MultiVectorSimilarity,
  type MultiVectorTextEmbedder,
  type QueryExpansion,
  type TokenVectors,
} from './multivector/index.ts';
export {
  addLora,
  type FreezeOptions,
  freeze,
  Lora,
  LoraLinear,
  type LoraOptions,
  type LoraSettings,
  type LoraTargets,
  loadAdapter,
  type SaveAdapterOptions,
  saveAdapter,
} from './peft/index.ts';
export {
  CrossEncoder,
  type CrossEncoderOptions,
  type CrossEncoderSettings,
  crossEncoderFrom,
  type LoadCrossEncoderOptions,
  loadCrossEncoder,
  logitScore,
  type PairScorer,
  type QueryPassage,
  type RerankerOptions,
  rerankerOf,
  type ScoreActivation,
  type ScorePairsOptions,
  type SequenceClassificationHead,
  scorePairs,
  type TextReranker,
  type TokenizedPairs,
  type WindowOptions,
} from './reranking/index.ts';
export { Roberta } from './roberta.ts';
export { type RobertaConfig, readRobertaConfig } from './robertaConfig.ts';
export { EncoderStateError, encoderConfigJson, encoderWeights, saveEncoder } from './saveEncoder.ts';
export { cosine, ExactIndex, type Neighbours, VectorError } from './search/index.ts';
export {
  type EncodeSparseOptions,
  type LoadSparseModelOptions,
  loadSparseModel,
  MlmHead,
  type MlmHeadShape,
  type SparseEmbedderOptions,
  SparseEmbeddingModel,
  type SparseParts,
  type SparseSettings,
  type SparseTextEmbedder,
  type SpladeActivation,
  type SpladePooling,
} from './sparse/index.ts';
export type { BertLayerConfig, Encoder, EncoderConfig } from './types.ts';
