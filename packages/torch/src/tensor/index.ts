export type { Device } from './convert.ts';
export { fromTypedArray, type TensorOptions, tensor } from './create.ts';
export { type DType, dtypes, isDType, itemSize, type TypedArray } from './dtype.ts';
export type { NestedNumbers } from './nested.ts';
export type { TensorScalar, TensorValue } from './read.ts';
export { type BackwardOptions, Tensor } from './tensor.ts';
export type { SharedTensor } from './ticket.ts';
