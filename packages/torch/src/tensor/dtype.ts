import { DTypeError } from '../errors.ts';

/** A view of any buffer, also of a SharedArrayBuffer. */
export type TypedArray =
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

type TypedArrayConstructor = new (length: number) => TypedArray;

interface DTypeInfo {
  /** c10::ScalarType. */
  readonly code: number;
  /** Bytes of an element. */
  readonly size: number;
  /** What `Tensor.data()` returns: bit patterns where JavaScript has no such number. */
  readonly array: TypedArrayConstructor;
  /** Array entries per element: 2 for complex numbers (real, imaginary). */
  readonly lanes: 1 | 2;
}

const entry = (code: number, size: number, array: TypedArrayConstructor, lanes: 1 | 2 = 1): DTypeInfo => ({
  code,
  size,
  array,
  lanes,
});

const table = {
  uint8: entry(0, 1, Uint8Array),
  int8: entry(1, 1, Int8Array),
  int16: entry(2, 2, Int16Array),
  int32: entry(3, 4, Int32Array),
  int64: entry(4, 8, BigInt64Array),
  float16: entry(5, 2, Uint16Array),
  float32: entry(6, 4, Float32Array),
  float64: entry(7, 8, Float64Array),
  complex32: entry(8, 4, Uint16Array, 2),
  complex64: entry(9, 8, Float32Array, 2),
  complex128: entry(10, 16, Float64Array, 2),
  bool: entry(11, 1, Uint8Array),
  bfloat16: entry(15, 2, Uint16Array),
  float8_e5m2: entry(23, 1, Uint8Array),
  float8_e4m3fn: entry(24, 1, Uint8Array),
  float8_e5m2fnuz: entry(25, 1, Uint8Array),
  float8_e4m3fnuz: entry(26, 1, Uint8Array),
  uint16: entry(27, 2, Uint16Array),
  uint32: entry(28, 4, Uint32Array),
  uint64: entry(29, 8, BigUint64Array),
  float8_e8m0fnu: entry(44, 1, Uint8Array),
} as const satisfies Record<string, DTypeInfo>;

/** Element types by PyTorch's names. libtorch 1.13 lacks the float8 types and uint16, uint32, uint64. */
export type DType = keyof typeof table;

export const dtypes = Object.keys(table) as DType[];

const byCode = new Map<number, DType>(dtypes.map((name) => [table[name].code, name]));

export function isDType(value: unknown): value is DType {
  return typeof value === 'string' && Object.hasOwn(table, value);
}

function info(dtype: DType, op: string): DTypeInfo {
  if (isDType(dtype)) return table[dtype];
  const got = typeof dtype === 'string' ? `'${dtype}'` : typeof dtype;
  throw new DTypeError(op, 'unknown dtype', { expected: dtypes.join(', '), got });
}

/** c10's ScalarType code. Throws DTypeError for an unknown name. */
export const dtypeCode = (dtype: DType, op = 'dtype'): number => info(dtype, op).code;

/** The name of c10's ScalarType `code`. Throws DTypeError for types that have no name here (quantised ones). */
export function dtypeName(code: number): DType {
  const name = byCode.get(code);
  if (name === undefined) {
    throw new DTypeError('dtype', `element type ${code} of libtorch has no JavaScript form`);
  }
  return name;
}

/** Bytes of one element. */
export const itemSize = (dtype: DType): number => info(dtype, 'itemSize').size;

/** The typed array that holds elements of this type. */
export const arrayType = (dtype: DType, op = 'dtype'): TypedArrayConstructor => info(dtype, op).array;

/** Typed-array entries per element: 2 for complex types, else 1. */
export const lanes = (dtype: DType, op = 'dtype'): 1 | 2 => info(dtype, op).lanes;

/** Types that `data()` gives as bit patterns, and that are read as numbers through float32. */
export const isNarrowFloat = (dtype: DType): boolean =>
  dtype === 'bfloat16' || dtype === 'float16' || dtype.startsWith('float8');

const arrayDTypes: readonly (readonly [TypedArrayConstructor, DType])[] = [
  [Float32Array, 'float32'],
  [Float64Array, 'float64'],
  [Int32Array, 'int32'],
  [BigInt64Array, 'int64'],
  [Uint8Array, 'uint8'],
  [Uint8ClampedArray, 'uint8'],
  [Int8Array, 'int8'],
  [Int16Array, 'int16'],
  [Uint16Array, 'uint16'],
  [Uint32Array, 'uint32'],
  [BigUint64Array, 'uint64'],
];

/** The dtype whose elements a typed array holds as they are. */
export function dtypeOfArray(array: ArrayBufferView): DType {
  const found = arrayDTypes.find(([type]) => array instanceof type);
  if (found) return found[1];
  throw new DTypeError('tensor', 'this kind of array has no dtype', {
    expected: 'a typed array (Float32Array, BigInt64Array, …)',
    got: Object.prototype.toString.call(array),
  });
}
