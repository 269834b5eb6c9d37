import type { DType } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { SafetensorsDType } from './dtypes.ts';

/** What a file says about one tensor. */
export interface TensorInfo {
  readonly dtype: SafetensorsDType;
  /** Elements per dimension; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** Size of its data in the file. */
  readonly bytes: number;
}

export interface ReadOptions {
  /** Converts to this dtype after reading. Default: the file's. */
  readonly dtype?: DType;
  /** "cpu", "cuda:0", "mps". Default: "cpu". */
  readonly device?: string;
}

/** Tensors by name, read on demand: one file or a folder of shards. */
export interface TensorSource extends Disposable {
  /** Names in the order of the data (of the index for shards). */
  readonly names: readonly string[];
  /** The free-form strings of `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
  has(name: string): boolean;
  /** dtype, shape and size without reading the data. Throws SafetensorsError for an unknown name. */
  info(name: string): TensorInfo;
  /**
   * Reads one tensor. Throws SafetensorsError for an unknown name or a file truncated since it was opened,
   * DTypeError if this libtorch has no such element type (`bytes` still reads it).
   */
  tensor(name: string, options?: ReadOptions): Tensor;
  /** Reads several (default: all). If one fails, those already read are freed. */
  tensors(names?: Iterable<string>, options?: ReadOptions): Map<string, Tensor>;
  /** The data as it lies in the file: a uint8 tensor of shape `[bytes]`, for any dtype. */
  bytes(name: string): Tensor;
  /** Reads rows `start` (inclusive) to `end` (exclusive) of the leading dimension only. */
  rows(name: string, start: number, end: number, options?: ReadOptions): Tensor;
  /** Closes the files; harmless when repeated. Tensors already read stay valid. */
  close(): void;
}
