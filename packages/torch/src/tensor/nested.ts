import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import type { DType, TypedArray } from './dtype.ts';
import { allocate } from './read.ts';

export type NestedScalar = number | bigint | boolean;
export type NestedNumbers = NestedScalar | readonly NestedNumbers[];

// libtorch itself allows 64 dimensions in most kernels; this also ends an array that contains itself.
const maxDimensions = 64;

const at = (path: readonly number[]): string => `data${path.map((i) => `[${i}]`).join('')}`;

const kind = (value: unknown): string =>
  Array.isArray(value) ? `an array of ${value.length}` : value === null ? 'null' : typeof value;

/** The shape, read along the first elements. */
export function shapeOf(data: NestedNumbers): number[] {
  const shape: number[] = [];
  for (let item: unknown = data; Array.isArray(item); item = item[0]) {
    if (shape.push(item.length) > maxDimensions) {
      throw new ShapeError('tensor', 'nested too deeply', {
        expected: `at most ${maxDimensions} dimensions`,
      });
    }
    if (item.length === 0) break;
  }
  return shape;
}

/** Calls `visit` for each scalar in row-major order. Throws ShapeError naming the first ragged place. */
function walk(
  data: NestedNumbers,
  shape: readonly number[],
  visit: (value: NestedScalar, path: readonly number[]) => void,
): void {
  const path: number[] = [];
  const step = (item: unknown, dim: number): void => {
    const size = shape[dim];
    if (size === undefined) {
      if (Array.isArray(item)) {
        throw new ShapeError('tensor', `ragged data at ${at(path)}`, {
          expected: 'a value',
          got: kind(item),
        });
      }
      if (typeof item !== 'number' && typeof item !== 'bigint' && typeof item !== 'boolean') {
        throw new ArgumentError('tensor', `no number at ${at(path)}`, {
          expected: 'a number, bigint or boolean',
          got: kind(item),
        });
      }
      visit(item, path);
      return;
    }
    if (!Array.isArray(item) || item.length !== size) {
      const expected = `an array of ${size}`;
      throw new ShapeError('tensor', `ragged data at ${at(path)}: ${expected} expected`, {
        expected,
        got: kind(item),
      });
    }
    for (let i = 0; i < size; i++) {
      path.push(i);
      step(item[i], dim + 1);
      path.pop();
    }
  };
  step(data, 0);
}

/** float32 if there is any number, int64 for bigints only, bool for booleans only; float32 when empty. */
export function inferDType(data: NestedNumbers, shape: readonly number[]): DType {
  const kinds = new Set<string>();
  walk(data, shape, (value) => kinds.add(typeof value));
  if (!kinds.has('bigint')) return kinds.has('boolean') && kinds.size === 1 ? 'bool' : 'float32';
  if (kinds.size === 1) return 'int64';
  throw new DTypeError('tensor', 'bigints mixed with other values; give a dtype', {
    got: [...kinds].join(' and '),
  });
}

const bitsOf: Partial<Record<DType, number>> = {
  uint8: 8,
  int8: 8,
  int16: 16,
  uint16: 16,
  int32: 32,
  uint32: 32,
};

/** A checked conversion of one value to an entry of the array for `dtype`. */
function converter(dtype: DType): (value: NestedScalar, path: readonly number[]) => number | bigint {
  const refuse = (value: NestedScalar, path: readonly number[]): never => {
    throw new ArgumentError('tensor', `${value} at ${at(path)} is not a value of ${dtype}`, {
      expected: dtype,
      got: String(value),
    });
  };
  if (dtype === 'bool') return (value) => (value ? 1 : 0);
  if (dtype === 'int64' || dtype === 'uint64') {
    const wrap = dtype === 'int64' ? BigInt.asIntN : BigInt.asUintN;
    return (value, path) => {
      if (typeof value === 'number' && !Number.isSafeInteger(value)) return refuse(value, path);
      const integer = BigInt(value);
      return wrap(64, integer) === integer ? integer : refuse(value, path);
    };
  }
  const bits = bitsOf[dtype];
  if (bits === undefined) return Number;
  const [low, high] = dtype.startsWith('u') ? [0, 2 ** bits] : [-(2 ** (bits - 1)), 2 ** (bits - 1)];
  return (value, path) => {
    const number = Number(value);
    return Number.isInteger(number) && number >= low && number < high ? number : refuse(value, path);
  };
}

/** The values as a typed array of `dtype`, which has one entry per element. */
export function flatten(data: NestedNumbers, shape: readonly number[], dtype: DType): TypedArray {
  const size = shape.reduce((a, b) => a * b, 1);
  const array = allocate(dtype, size, 'tensor') as { [index: number]: number | bigint };
  const convert = converter(dtype);
  let next = 0;
  walk(data, shape, (value, path) => {
    array[next++] = convert(value, path);
  });
  return array as unknown as TypedArray;
}
