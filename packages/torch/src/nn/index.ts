export {
  type ActivationFunction,
  type ActivationName,
  activations,
  isActivationName,
} from './activations.ts';
export { type PackedAttentionOptions, type PackedLengths, packedAttention } from './attention.ts';
export { Dropout } from './dropout.ts';
export { Embedding, type EmbeddingOptions } from './embedding.ts';
export {
  constantInit,
  kaimingUniform,
  normalInit,
  truncatedNormalInit,
  uniformInit,
  xavierNormal,
  xavierUniform,
} from './init.ts';
export { Linear, type LinearOptions } from './linear.ts';
export { Module, type ModuleTarget, type NameFilter } from './module.ts';
export { LayerNorm, type NormOptions, RMSNorm } from './norm.ts';
export { checkParameterOptions, type ParameterOptions } from './options.ts';
export { PackedBatch, type PackOptions, pack, type TokenIds } from './packedBatch.ts';
export { allOrNothing, buffer, parameter } from './parameter.ts';
export { applyRotary, type RotaryAngles, type RotaryOptions, rotaryAngles } from './rotary.ts';
export { type SortedBatch, sortByLength } from './sortByLength.ts';
export {
  type LoadOptions,
  type ShapeMismatch,
  type StateDict,
  StateDictError,
  type StateDictProblems,
  type WeightSource,
} from './stateDict.ts';
export type { Slot } from './walk.ts';
