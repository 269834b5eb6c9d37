import { TensorDisposedError } from '../errors.ts';
import type { Handle } from '../native/addon.ts';
import { native } from '../native/attach.ts';
import { dtypeName } from './dtype.ts';
import { nest, readValues, type TensorValue } from './read.ts';

const narrow = native.op('aten::narrow', '', ['self', 'dim', 'start', 'length']);

/** How many elements are shown of a dimension, counted from the last one. Further ones show one element. */
const shown = [6, 6, 2, 2];

/** `Tensor float32[2, 2] cpu [[1, 2], [3, 4]]`; long dimensions are cut. Never throws for a released tensor. */
export function describe(handle: Handle): string {
  if (!native.isLive(handle)) return 'Tensor (disposed)';
  try {
    const shape = native.shape(handle);
    const grad = native.requiresGrad(handle) ? ' requiresGrad' : '';
    const dtype = dtypeName(native.dtype(handle));
    return `Tensor ${dtype}[${shape.join(', ')}] ${native.device(handle)}${grad} ${elements(handle, shape)}`;
  } catch (error) {
    // Another thread may have released it in between.
    if (TensorDisposedError.isInstance(error)) return 'Tensor (disposed)';
    throw error;
  }
}

function elements(handle: Handle, shape: readonly number[]): string {
  const views: Handle[] = [];
  try {
    let view = handle;
    const sizes = shape.map((size, dim) => {
      const length = Math.min(size, shown[shape.length - 1 - dim] ?? 1);
      if (length < size) {
        view = narrow(view, dim, 0, length) as Handle;
        views.push(view);
      }
      return length;
    });
    return text(nest(readValues(view), sizes), shape, 0);
  } finally {
    for (const view of views) native.release(view);
  }
}

function text(value: TensorValue, shape: readonly number[], dim: number): string {
  const size = shape[dim];
  if (size === undefined || !Array.isArray(value)) return scalar(value);
  const items = value.map((item) => text(item, shape, dim + 1));
  if (items.length < size) items.push('…');
  return `[${items.join(', ')}]`;
}

function scalar(value: TensorValue): string {
  if (Array.isArray(value)) return `${value.map(scalar).join('+')}i`;
  if (typeof value !== 'number' || Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(5)));
}
