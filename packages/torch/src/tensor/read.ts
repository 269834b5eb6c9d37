import { OutOfMemoryError } from '../errors.ts';
import type { Handle } from '../native/addon.ts';
import { native } from '../native/attach.ts';
import { convert } from './convert.ts';
import { arrayType, type DType, dtypeName, isNarrowFloat, lanes, type TypedArray } from './dtype.ts';

export type TensorScalar = number | bigint | boolean;

/** Nested arrays of values, as deep as the tensor has dimensions. */
export type TensorValue = TensorScalar | TensorValue[];

/** Copies the elements in row-major order. */
export function readArray(handle: Handle): TypedArray {
  const dtype = dtypeName(native.dtype(handle));
  const array = allocate(dtype, native.numel(handle), 'data');
  native.toTypedArray(handle, array);
  return array;
}

/** A typed array for `elements` of `dtype`. Throws OutOfMemoryError where JavaScript throws RangeError. */
export function allocate(dtype: DType, elements: number, op: string): TypedArray {
  const length = elements * lanes(dtype, op);
  const type = arrayType(dtype, op);
  try {
    return new type(length);
  } catch (cause) {
    throw new OutOfMemoryError(op, `no room for an array of ${length} entries`, { cause });
  }
}

// Beyond this, nested arrays could exhaust V8's heap, which ends the process.
const maxNestedBytes = 2 ** 30;

export function readNested(handle: Handle): TensorValue {
  const shape = native.shape(handle);
  const arrays = shape.slice(0, -1).reduce((sum, _, i) => sum + product(shape.slice(0, i + 1)), 1);
  const bytes = arrays * 64 + product(shape) * 8;
  if (bytes > maxNestedBytes) {
    throw new OutOfMemoryError('toArray', 'too large for nested arrays; use data()', {
      expected: `at most ${maxNestedBytes} bytes of arrays`,
      got: `shape [${shape.join(', ')}]`,
    });
  }
  return nest(readValues(handle), shape);
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** The elements as JavaScript values, in row-major order. */
export function readValues(handle: Handle): ArrayLike<TensorScalar | number[]> {
  const dtype = dtypeName(native.dtype(handle));
  if (isNarrowFloat(dtype)) return readConverted(handle, 'float32');
  if (dtype === 'complex32') return pairs(readConverted(handle, 'complex64'));
  const data = readArray(handle);
  if (dtype === 'bool') return Array.from(data as Uint8Array, (byte) => byte !== 0);
  if (dtype === 'int64' || dtype === 'uint64') return Array.from(data as BigInt64Array, safeNumber);
  return lanes(dtype) === 2 ? pairs(data) : (data as Float32Array);
}

function readConverted(handle: Handle, dtype: DType): Float32Array {
  const converted = convert(handle, dtype);
  try {
    return readArray(converted) as Float32Array;
  } finally {
    native.release(converted);
  }
}

function pairs(data: TypedArray): number[][] {
  return Array.from({ length: data.length / 2 }, (_, i) => [Number(data[2 * i]), Number(data[2 * i + 1])]);
}

function safeNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Row-major `values` as arrays of arrays. */
export function nest(values: ArrayLike<TensorScalar | number[]>, shape: readonly number[]): TensorValue {
  let next = 0;
  const build = (dim: number): TensorValue => {
    const size = shape[dim];
    if (size === undefined) return values[next++] as TensorValue;
    const row: TensorValue[] = new Array(size);
    for (let i = 0; i < size; i++) row[i] = build(dim + 1);
    return row;
  };
  return build(0);
}
