import { describe, expect, it } from 'vitest';
import { ArgumentError, DTypeError, ShapeError, TensorDisposedError } from '../errors.ts';
import { type Tensor, tensor } from '../tensor/index.ts';
import * as ops from './index.ts';

/** Calls that TypeScript forbids. */
const untyped = ops as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>;

function errorOf(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

describe('overloads', () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);

  it('are chosen by the kinds of the arguments', () => {
    expect(ops.add(x, x).toArray()).toEqual([
      [2, 4],
      [6, 8],
    ]);
    expect(ops.add(x, 1.5, { alpha: 2 }).toArray()).toEqual([
      [4, 5],
      [6, 7],
    ]);
    expect(ops.sum(x).toArray()).toBe(10);
    expect(ops.sum(x, { dtype: 'float64' }).dtype).toBe('float64');
    expect(ops.sum(x, 0).toArray()).toEqual([4, 6]);
    expect(ops.sum(x, [0, 1], true).shape).toEqual([1, 1]);
    expect(ops.sum(x, undefined, true).shape).toEqual([1, 1]);
    expect(ops.sum(x, null, false, { dtype: 'int64' }).toArray()).toBe(10);
    expect(ops.max(x).toArray()).toBe(4);
    expect(ops.max(x, 0).map((t) => t.toArray())).toEqual([
      [3, 4],
      [1, 1],
    ]);
    expect(ops.max(x, tensor(2.5)).toArray()).toEqual([
      [2.5, 2.5],
      [3, 4],
    ]);
    expect(ops.pow(2, x).toArray()).toEqual([
      [2, 4],
      [8, 16],
    ]);
    expect(ops.div(x, 2, { roundingMode: 'floor' }).toArray()).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(ops.arange(3).toArray()).toEqual([0, 1, 2]);
    expect(ops.arange(1, 3, 0.5).toArray()).toEqual([1, 1.5, 2, 2.5]);
    expect(ops.arange(1, 3, { dtype: 'float64' }).dtype).toBe('float64');
  });

  it('are methods too', () => {
    expect(x.add(x).mul(2).sum(1).toArray()).toEqual([12, 28]);
    expect(x.softmax(-1).sum().item()).toBeCloseTo(2);
    const [values, indices] = x.topk(1, 0);
    expect([values.toArray(), indices.toArray()]).toEqual([[[3, 4]], [[1, 1]]]);
    expect(x.var(1, { correction: 0 }).toArray()).toEqual([0.25, 0.25]);
  });

  it('take PyTorch integers for whole numbers', () => {
    const whole = tensor([1n, 2n]);
    expect(ops.add(whole, 1).dtype).toBe('int64');
    expect(ops.add(whole, 0.5).dtype).toBe('float32');
    expect(ops.add(whole, 2n ** 62n).toArray()).toEqual([2n ** 62n + 1n, 2n ** 62n + 2n]);
    expect(ops.full([1], true).dtype).toBe('bool');
  });

  it('return self in place', () => {
    const y = tensor([1, 2]);
    expect(y.add_(1)).toBe(y);
    expect(ops.mul_(y, tensor([2, 3]))).toBe(y);
    expect(y.toArray()).toEqual([4, 9]);
  });

  it('take lists with gaps', () => {
    const column = ops.index(x, [null, tensor([1n])]);
    expect(column.toArray()).toEqual([[2], [4]]);
  });

  it('convert to a dtype, a device, a tensor', () => {
    expect(ops.to(x, 'bfloat16').dtype).toBe('bfloat16');
    expect(ops.to(x, 'cpu').device).toBe('cpu');
    expect(ops.to(x, 'cpu', 'int32').dtype).toBe('int32');
    expect(ops.to(x, tensor(1n)).dtype).toBe('int64');
    expect(ops.to(x, { dtype: 'float16', device: 'cpu' }).dtype).toBe('float16');
  });
});

describe('wrong arguments', () => {
  const x = tensor([1, 2, 3]);

  it('that no overload takes name the op, what was given and what there is', () => {
    const error = errorOf(() => untyped['add']?.(x, 'two'));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toMatch(/^add: no overload takes these arguments/);
    expect(error.message).toContain('add.Tensor(Tensor self, Tensor other');
    expect(error).toMatchObject({ op: 'add', got: "(Tensor, 'two')" });
  });

  it.each([undefined, null, 3, x.handle, 'x', [x], { handle: x.handle }, Symbol('x')])(
    'in place of a required tensor: %s',
    (value) => {
      const error = errorOf(() => untyped['matmul']?.(x, value));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error.message).toContain("'other'");
      expect(errorOf(() => untyped['relu']?.(value))).toBeInstanceOf(ArgumentError);
      expect(errorOf(() => untyped['relu_']?.(value))).toBeInstanceOf(ArgumentError);
    },
  );

  it.each([3, x.handle, 'x', [x], {}])('in place of an optional tensor: %s', (value) => {
    const error = errorOf(() => untyped['linear']?.(tensor([[1]]), tensor([[1]]), value));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toContain("argument 'bias'");
  });

  it('in a list of tensors are named by their place', () => {
    const error = errorOf(() => untyped['cat']?.([x, x.handle]));
    expect(error).toBeInstanceOf(ArgumentError);
    expect(error.message).toContain('tensors[1]');
    expect(errorOf(() => untyped['cat']?.(x))).toBeInstanceOf(ArgumentError);
    expect(errorOf(() => untyped['index']?.(x, [3]))).toBeInstanceOf(ArgumentError);
  });

  it('among the options are refused, also unknown ones', () => {
    const misspelt = errorOf(() => untyped['nansum']?.(x, 0, true, { dtipe: 'float64' }));
    expect(misspelt).toMatchObject({ op: 'nansum', got: 'dtipe', expected: '{ dtype }' });
    expect(errorOf(() => untyped['nansum']?.(x, 0, true, 'float64'))).toBeInstanceOf(ArgumentError);
    expect(errorOf(() => untyped['zeros']?.([2], { dtype: 'float31' }))).toBeInstanceOf(DTypeError);
    expect(errorOf(() => untyped['mseLoss']?.(x, x, 'average')).message).toContain("'none', 'mean' or 'sum'");
  });

  it('of the wrong kind are refused by libtorch with their name', () => {
    expect(errorOf(() => untyped['softmax']?.(x, 'last')).message).toContain("'dim'");
    expect(errorOf(() => untyped['reshape']?.(x, [1.5])).message).toContain("'shape'");
    expect(errorOf(() => ops.matmul(x, tensor([[1, 2]])))).toBeInstanceOf(ShapeError);
  });

  it('that were disposed are named', () => {
    const gone: Tensor = tensor([1]);
    gone.dispose();
    const error = errorOf(() => ops.add(x, gone));
    expect(error).toBeInstanceOf(TensorDisposedError);
    expect(error.message).toContain("'other'");
  });
});
