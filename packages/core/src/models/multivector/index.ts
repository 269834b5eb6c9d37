export { type LoadMultiVectorModelOptions, loadMultiVectorModel } from './load.ts';
export { MultiVectorModel, type MultiVectorParts } from './multiVectorModel.ts';
export {
  type EncodeMultiVectorOptions,
  type MultiVector,
  type MultiVectorInput,
  type MultiVectorSettings,
  type MultiVectorSimilarity,
  type MultiVectorTextEmbedder,
  multiVectorSimilarities,
  type QueryExpansion,
  type TokenVectors,
} from './types.ts';
