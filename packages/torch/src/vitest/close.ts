import type { DType } from '../tensor/dtype.ts';
import { readValues, type TensorScalar } from '../tensor/read.ts';
import type { Tensor } from '../tensor/tensor.ts';

export interface Tolerance {
  /** Relative to the expected value. Default: by dtype, as torch.testing.assert_close's. */
  readonly rtol?: number | undefined;
  /** Absolute. Default: likewise. */
  readonly atol?: number | undefined;
  /** NaN equals NaN. Default: false. */
  readonly equalNan?: boolean | undefined;
}

// torch/testing/_comparison.py, _DTYPE_PRECISIONS; other dtypes must be equal.
const defaults: Partial<Record<DType, readonly [rtol: number, atol: number]>> = {
  float16: [1e-3, 1e-5],
  bfloat16: [1.6e-2, 1e-5],
  float32: [1.3e-6, 1e-5],
  float64: [1e-7, 1e-7],
  complex32: [1e-3, 1e-5],
  complex64: [1.3e-6, 1e-5],
  complex128: [1e-7, 1e-7],
};

/** What differs, in one sentence; null if the values are close. Shapes and dtypes must be the same. */
export function difference(actual: Tensor, expected: Tensor, tolerance: Tolerance = {}): string | null {
  const { dtype, shape } = actual;
  if (String(shape) !== String(expected.shape)) return `shape [${shape}] is not [${expected.shape}]`;
  if (dtype !== expected.dtype) return `dtype ${dtype} is not ${expected.dtype}`;
  const [rtol, atol] = defaults[dtype] ?? [0, 0];
  const limits = { rtol: tolerance.rtol ?? rtol, atol: tolerance.atol ?? atol };
  return compare(flat(actual), flat(expected), shape, limits, tolerance.equalNan ?? false);
}

const flat = (tensor: Tensor): (TensorScalar | number[])[] => Array.from(readValues(tensor.handle));

interface Limits {
  readonly rtol: number;
  readonly atol: number;
}

function compare(
  actual: readonly (TensorScalar | number[])[],
  expected: readonly (TensorScalar | number[])[],
  shape: readonly number[],
  limits: Limits,
  equalNan: boolean,
): string | null {
  let wrong = 0;
  let worst = -1;
  let at = 0;
  actual.forEach((value, i) => {
    const wanted = expected[i] as TensorScalar | number[];
    const error = distance(value, wanted);
    if (Number.isFinite(error) && error <= limits.atol + limits.rtol * magnitude(wanted)) return;
    if (same(value, wanted) || (equalNan && Number.isNaN(value) && Number.isNaN(wanted))) return;
    wrong++;
    const size = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
    if (size > worst) {
      worst = size;
      at = i;
    }
  });
  if (wrong === 0) return null;
  const where = `[${position(at, shape)}]: ${String(actual[at])} is not ${String(expected[at])}`;
  const { rtol, atol } = limits;
  return `${wrong} of ${actual.length} elements differ; worst at ${where} (off by ${worst}; rtol ${rtol}, atol ${atol})`;
}

const parts = (value: TensorScalar | number[]): readonly TensorScalar[] =>
  Array.isArray(value) ? value : [value];

const same = (a: TensorScalar | number[], b: TensorScalar | number[]): boolean =>
  parts(a).every((part, i) => part === parts(b)[i]);

function distance(a: TensorScalar | number[], b: TensorScalar | number[]): number {
  if (typeof a === 'bigint' || typeof b === 'bigint') {
    const gap = BigInt(a as bigint) - BigInt(b as bigint);
    return Number(gap < 0n ? -gap : gap);
  }
  return Math.hypot(...parts(a).map((part, i) => Number(part) - Number(parts(b)[i])));
}

const magnitude = (value: TensorScalar | number[]): number => Math.hypot(...parts(value).map(Number));

/** The index of the `flat`-th element in row-major order. */
function position(flat: number, shape: readonly number[]): string {
  const index: number[] = [];
  let rest = flat;
  for (const size of [...shape].reverse()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index.join(', ');
}
