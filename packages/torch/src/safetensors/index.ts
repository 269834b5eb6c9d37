export { type SafetensorsDType, safetensorsDType, safetensorsDTypes, torchDType } from './dtypes.ts';
export { SafetensorsError, type SafetensorsProblem } from './errors.ts';
export { openSafetensors, SafetensorsFile } from './file.ts';
export { openShardedSafetensors, ShardedSafetensors } from './sharded.ts';
export type { ReadOptions, TensorInfo, TensorSource } from './types.ts';
export {
  type EncodedTensor,
  type NamedTensors,
  type Writable,
  type WriteOptions,
  writeSafetensors,
} from './write.ts';
export { type WriteShardedOptions, writeShardedSafetensors } from './write-sharded.ts';
