export { type LoadSparseModelOptions, loadSparseModel } from './load.ts';
export { MlmHead, type MlmHeadShape } from './mlmHead.ts';
export { SparseEmbeddingModel, type SparseParts } from './sparseModel.ts';
export {
  type EncodeSparseOptions,
  type SparseEmbedderOptions,
  type SparseSettings,
  type SparseTextEmbedder,
  type SparseVector,
  type SpladeActivation,
  type SpladePooling,
  spladeActivations,
  spladePoolings,
} from './types.ts';
