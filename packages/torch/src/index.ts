/**
 * libtorch for TypeScript: tensors, operations, autograd and memory scopes. Layers, optimizers and files are
 * in `@ragwright/torch/nn`, `/optim` and `/safetensors`.
 *
 * @module
 */
export {
  type AutocastOptions,
  autocast,
  type BackwardManyOptions,
  backward,
  enableGrad,
  type GradOptions,
  grad,
  isGradEnabled,
  noGrad,
} from './autograd/index.ts';
export {
  deviceMemory,
  devices,
  emptyCache,
  libraryInfo,
  numThreads,
  setNumThreads,
  synchronize,
} from './device/index.ts';
export {
  ArgumentError,
  DeviceError,
  DTypeError,
  FileError,
  GradientError,
  IndexError,
  OpError,
  OutOfMemoryError,
  ScopeError,
  ShapeError,
  TensorDisposedError,
  TorchError,
  UnsupportedOpError,
} from './errors.ts';
export { heldTensors, keep, memory, scope, scopeAsync } from './memory/index.ts';
export type { LibraryInfo, NativeMemory } from './native/addon.ts';
export { type AddonAttempt, NativeAddonMissingError } from './native/missing.ts';
export * from './ops/index.ts';
export { manualSeed, rngState, setRngState } from './random/index.ts';
export { SafetensorsError } from './safetensors/errors.ts';
export {
  type BackwardOptions,
  type Device,
  type DType,
  dtypes,
  fromTypedArray,
  isDType,
  itemSize,
  type NestedNumbers,
  type SharedTensor,
  Tensor,
  type TensorOptions,
  type TensorScalar,
  type TensorValue,
  type TypedArray,
  tensor,
} from './tensor/index.ts';
