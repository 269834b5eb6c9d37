import { ArgumentError } from '../errors.ts';
import type { Handle } from '../native/addon.ts';
import { native } from '../native/attach.ts';
import { convert } from './convert.ts';
import {
  arrayType,
  type DType,
  dtypeCode,
  dtypeOfArray,
  isNarrowFloat,
  lanes,
  type TypedArray,
} from './dtype.ts';
import { flatten, inferDType, type NestedNumbers, shapeOf } from './nested.ts';
import type { Tensor } from './tensor.ts';
import { wrap } from './wrap.ts';

export interface TensorOptions {
  /** Default: see {@link tensor} and {@link fromTypedArray}. */
  readonly dtype?: DType | undefined;
  /** Default: "cpu". */
  readonly device?: string | undefined;
  /** Default: false. */
  readonly requiresGrad?: boolean | undefined;
}

/**
 * A new tensor from a number, from nested arrays, or from a typed array (as one dimension).
 *
 * The default dtype is float32 for numbers, also for whole ones (unlike PyTorch, which looks for a decimal
 * point that JavaScript does not keep); int64 for bigints; bool for booleans; that of a typed array.
 *
 * @throws ShapeError naming the place where nested arrays are ragged; ArgumentError naming the place of a
 * value that the dtype cannot hold; DTypeError, DeviceError.
 */
export function tensor(data: NestedNumbers | TypedArray, options: TensorOptions = {}): Tensor {
  if (ArrayBuffer.isView(data))
    return fromTypedArray(data as TypedArray, [lengthIn(data as TypedArray, options)], options);
  const shape = shapeOf(data);
  const dtype = options?.dtype ?? inferDType(data, shape);
  dtypeCode(dtype, 'tensor'); // refuses an unknown name
  const staged = stagingType(dtype);
  return finish(
    native.fromTypedArray(flatten(data, shape, staged), dtypeCode(staged), shape),
    staged,
    dtype,
    options,
  );
}

/**
 * A new tensor of `shape` from a typed array's elements in row-major order. Without `dtype` the array's own
 * type. An array of the type that `data()` returns for `dtype` is taken as it is: Uint16Array holds the bit
 * patterns of a bfloat16, Float32Array the real, imaginary pairs of a complex64. Any other is converted.
 *
 * @throws ShapeError if the sizes do not multiply to the number of elements; DTypeError, DeviceError.
 */
export function fromTypedArray(
  array: TypedArray,
  shape: readonly number[],
  options: TensorOptions = {},
): Tensor {
  if (!ArrayBuffer.isView(array)) {
    throw new ArgumentError('fromTypedArray', 'not a typed array', {
      got: array === null ? 'null' : typeof array,
    });
  }
  const own = dtypeOfArray(array);
  const dtype = options?.dtype ?? own;
  // A bool's byte must be 0 or 1, so bytes are converted to it, not taken.
  const source = dtype !== 'bool' && array instanceof arrayType(dtype, 'fromTypedArray') ? dtype : own;
  return finish(native.fromTypedArray(array, dtypeCode(source), shape), source, dtype, options);
}

function lengthIn(array: TypedArray, options: TensorOptions): number {
  const dtype = options?.dtype;
  return dtype !== undefined && array instanceof arrayType(dtype, 'tensor')
    ? array.length / lanes(dtype)
    : array.length;
}

/** The type in which nested values are written before libtorch converts them. */
function stagingType(dtype: DType): DType {
  if (isNarrowFloat(dtype) || dtype === 'complex32' || dtype === 'complex64') return 'float32';
  return dtype === 'complex128' ? 'float64' : dtype;
}

function finish(made: Handle, from: DType, dtype: DType, options: TensorOptions): Tensor {
  let handle = made;
  try {
    const device = options?.device;
    if (from !== dtype || device !== undefined) {
      handle = convert(made, { dtype, device });
      native.release(made);
    }
    if (options?.requiresGrad) native.setRequiresGrad(handle, true);
    return wrap(handle);
  } catch (error) {
    native.release(handle);
    throw error;
  }
}
