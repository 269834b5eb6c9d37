export { EmbeddingModel, type EmbeddingParts } from './embeddingModel.ts';
export { Dense, type DenseSettings, type Head, Normalize } from './heads.ts';
export { type LoadEmbeddingModelOptions, loadEmbeddingModel } from './load.ts';
export { pool } from './pooling.ts';
export {
  type EmbeddingSettings,
  type EmbedTextsOptions,
  type EncodeTextsOptions,
  type PoolingMode,
  type PoolingSettings,
  type PromptChoice,
  poolingModes,
  type Similarity,
  similarities,
  type TextEmbedder,
  type TextRole,
  type TokenizedTexts,
} from './types.ts';
