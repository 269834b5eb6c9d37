import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import '../vitest/index.ts';
import {
  ArgumentError,
  DTypeError,
  fromTypedArray,
  OutOfMemoryError,
  ShapeError,
  type Tensor,
  tensor,
} from '../index.ts';

/** Hides the type of a bad argument. */
const bad = (value: unknown) => value as never;

const summary = (t: Tensor) => ({ dtype: t.dtype, shape: t.shape, values: t.toArray() });

describe('tensor()', () => {
  it.each([
    [3, 'float32', [], 3],
    [true, 'bool', [], true],
    [5n, 'int64', [], 5],
    [[1, 2], 'float32', [2], [1, 2]],
    [[[1], [2]], 'float32', [2, 1], [[1], [2]]],
    [[true, false], 'bool', [2], [true, false]],
    [[1n, -2n], 'int64', [2], [1, -2]],
    [[1, true], 'float32', [2], [1, 1]],
    [[], 'float32', [0], []],
    [[[], []], 'float32', [2, 0], [[], []]],
  ] as const)('reads data %#', (data, dtype, shape, values) => {
    expect(summary(tensor(bad(data))), inspect(data)).toEqual({ dtype, shape, values });
  });

  it.each([
    ['float64', [0.1], [0.1]],
    ['float16', [1.5, 65504], [1.5, 65504]],
    ['bfloat16', [1.5, -256], [1.5, -256]],
    ['int8', [-128, 127], [-128, 127]],
    ['uint8', [0, 255], [0, 255]],
    ['int16', [-32768], [-32768]],
    ['int32', [-(2 ** 31)], [-(2 ** 31)]],
    ['int64', [2 ** 53 - 1, -5n], [2 ** 53 - 1, -5]],
    ['bool', [0, 2], [false, true]],
    [
      'complex64',
      [1, -2],
      [
        [1, 0],
        [-2, 0],
      ],
    ],
    ['complex128', [0.1], [[0.1, 0]]],
  ] as const)('writes %s', (dtype, data, values) => {
    const made = tensor(bad(data), { dtype });
    expect(summary(made)).toEqual({ dtype, shape: [data.length], values });
  });

  it('gives int64 beyond 2^53 back as bigint', () => {
    expect(tensor([2n ** 62n, 1n]).toArray()).toEqual([2n ** 62n, 1]);
    expect(tensor(-(2n ** 62n)).item()).toBe(-(2n ** 62n));
  });

  it('names the place where nested arrays are ragged', () => {
    expect(() => tensor([[1, 2], [3]])).toThrow(ShapeError);
    expect(() => tensor([[1, 2], [3]])).toThrow('data[1]: an array of 2');
    expect(() => tensor([[1], 2])).toThrow('data[1]');
    expect(() => tensor([1, [2]])).toThrow('data[1]');
    expect(() => tensor([[[1]], [[[2]]]])).toThrow('data[1][0][0]');
  });

  it('names the place of a value that the dtype cannot hold', () => {
    expect(() => tensor([1, bad('2')])).toThrow(ArgumentError);
    expect(() => tensor([1, bad('2')])).toThrow('data[1]');
    expect(() => tensor([[0], [bad(null)]])).toThrow('data[1][0]');
    expect(() => tensor([0, 256], { dtype: 'uint8' })).toThrow('256 at data[1] is not a value of uint8');
    expect(() => tensor([0.5], { dtype: 'int32' })).toThrow(ArgumentError);
    expect(() => tensor([2 ** 53], { dtype: 'int64' })).toThrow(ArgumentError);
    expect(() => tensor([2n ** 63n])).toThrow(ArgumentError);
    expect(() => tensor([1n, 2])).toThrow(DTypeError);
    for (const dtype of [bad('fp32'), bad(5)]) {
      expect(() => tensor([1], { dtype })).toThrow(/^tensor: unknown dtype/);
      expect(() => tensor(new Float32Array(1), { dtype })).toThrow(/^tensor: unknown dtype/);
      expect(() => fromTypedArray(new Float32Array(1), [1], { dtype })).toThrow(
        /^fromTypedArray: unknown dtype/,
      );
    }
  });

  it('survives arrays that contain themselves, and arrays full of holes', () => {
    const endless: unknown[] = [];
    endless.push(endless);
    expect(() => tensor(bad(endless))).toThrow(ShapeError);
    const holes = [1];
    holes.length = 1e6;
    expect(() => tensor(holes)).toThrow(ArgumentError);
  });

  it('records operations when asked to', () => {
    expect(tensor([1]).requiresGrad).toBe(false);
    expect(tensor([1], { requiresGrad: true }).requiresGrad).toBe(true);
    expect(() => tensor([1n], { requiresGrad: true })).toThrow(DTypeError);
  });

  it('leaks nothing when it fails half-way', () => {
    expect(() => expect(() => tensor([1n], { requiresGrad: true })).toThrow(DTypeError)).toLeakNothing();
    expect(() => expect(() => tensor([1], { device: 'nowhere' })).toThrow()).toLeakNothing();
  });
});

describe('typed arrays', () => {
  it.each([
    [new Float32Array([1.5]), 'float32'],
    [new Float64Array([0.1]), 'float64'],
    [new Int8Array([-1]), 'int8'],
    [new Uint8Array([255]), 'uint8'],
    [new Int16Array([-300]), 'int16'],
    [new Int32Array([-70000]), 'int32'],
    [new BigInt64Array([-1n]), 'int64'],
  ] as const)('keep their type and come back the same (%#)', (array, dtype) => {
    const made = tensor(array);
    expect(made.dtype).toBe(dtype);
    expect(made.data()).toEqual(array);
  });

  it('copy', () => {
    const array = new Float32Array([1, 2]);
    const made = tensor(array);
    array[0] = 9;
    expect(made.toArray()).toEqual([1, 2]);
    (made.data() as Float32Array)[1] = 9;
    expect(made.toArray()).toEqual([1, 2]);
  });

  it('are converted to another dtype', () => {
    const made = tensor(new Float32Array([1.5, -2]), { dtype: 'bfloat16' });
    expect(summary(made)).toEqual({ dtype: 'bfloat16', shape: [2], values: [1.5, -2] });
    expect(tensor(new Uint8Array([0, 7]), { dtype: 'bool' }).toArray()).toEqual([false, true]);
    expect(tensor(new Int32Array([3]), { dtype: 'float64' }).toArray()).toEqual([3]);
  });

  it('hold bit patterns of the narrow types and pairs of the complex ones', () => {
    const bits = new Uint16Array([0x3f80, 0xc000]);
    const made = tensor(bits, { dtype: 'bfloat16' });
    expect(made.toArray()).toEqual([1, -2]);
    expect(made.data()).toEqual(bits);
    expect(tensor(new Uint16Array([0x3c00]), { dtype: 'float16' }).toArray()).toEqual([1]);
    const pairs = fromTypedArray(new Float32Array([1, 2, 3, 4]), [2], { dtype: 'complex64' });
    expect(pairs.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(tensor(new Float32Array([1, 2]), { dtype: 'complex64' }).shape).toEqual([1]);
  });

  it('take a shape', () => {
    expect(fromTypedArray(new Float32Array([1, 2, 3, 4, 5, 6]), [2, 3]).toArray()).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(fromTypedArray(new Float32Array(0), [0, 5]).shape).toEqual([0, 5]);
    expect(fromTypedArray(new Float32Array([7]), []).item()).toBe(7);
    expect(() => fromTypedArray(new Float32Array(5), [2, 3])).toThrow(ShapeError);
    expect(() => fromTypedArray(new Float32Array(4), [-2, -2])).toThrow(ShapeError);
    expect(() => fromTypedArray(new Float32Array(4), [2 ** 52, 2 ** 52])).toThrow(OutOfMemoryError);
    expect(() => fromTypedArray(new Float32Array(4), [1.5])).toThrow(ArgumentError);
    expect(() => fromTypedArray(bad([1, 2]), [2])).toThrow(ArgumentError);
  });
});
