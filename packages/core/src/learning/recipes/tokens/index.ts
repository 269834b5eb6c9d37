export type { PairOptions, TrainedOnPairs } from './pairRecipe.ts';
export {
  type MultiVectorTuningSettings,
  multiVectorSettings,
  type ResolvedMultiVectorTuningSettings,
  type TunedMultiVector,
  type TuneMultiVectorOptions,
  tuneMultiVector,
} from './tuneMultiVector.ts';
export {
  type ResolvedSparseTuningSettings,
  type SparseTuningSettings,
  sparseSettings,
  type TunedSparseEmbedder,
  type TuneSparseEmbedderOptions,
  tuneSparseEmbedder,
} from './tuneSparseEmbedder.ts';
