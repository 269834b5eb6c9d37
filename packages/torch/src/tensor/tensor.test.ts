import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import '../vitest/index.ts';
import {
  DeviceError,
  DTypeError,
  fromTypedArray,
  libraryInfo,
  OutOfMemoryError,
  ones,
  ShapeError,
  type Tensor,
  TensorDisposedError,
  tensor,
  zeros,
} from '../index.ts';

describe('Tensor', () => {
  it('tells its form', () => {
    const t = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(t).toMatchObject({
      shape: [2, 3],
      strides: [3, 1],
      ndim: 2,
      numel: 6,
      dtype: 'float32',
      device: 'cpu',
      isContiguous: true,
      requiresGrad: false,
      isLeaf: true,
      isDisposed: false,
      grad: null,
    });
    expect(t.t()).toMatchObject({ shape: [3, 2], strides: [1, 3], isContiguous: false });
    expect(tensor(1)).toMatchObject({ shape: [], strides: [], ndim: 0, numel: 1 });
  });

  it('reads rows in order, whatever the strides', () => {
    const t = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]).t();
    expect(t.data()).toEqual(new Float32Array([1, 4, 2, 5, 3, 6]));
    expect(t.toArray()).toEqual([
      [1, 4],
      [2, 5],
      [3, 6],
    ]);
    expect(tensor([7]).expand([2, 1]).toArray()).toEqual([[7], [7]]);
  });

  it('reads tensors of a graph', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    expect(x.mul(2).toArray()).toEqual([2, 4]);
    expect(x.mul(2).to('bfloat16').toArray()).toEqual([2, 4]);
  });

  it('gives one value', () => {
    expect(tensor([[2.5]]).item()).toBe(2.5);
    expect(tensor(true).item()).toBe(true);
    expect(tensor(1.5, { dtype: 'bfloat16' }).item()).toBe(1.5);
    expect(() => tensor([1, 2]).item()).toThrow(ShapeError);
    expect(() => tensor([]).item()).toThrow(ShapeError);
  });

  it('refuses to read what does not fit', () => {
    const huge = tensor([1]).expand([1e15]);
    expect(() => huge.data()).toThrow(OutOfMemoryError);
    expect(() => huge.toArray()).toThrow(OutOfMemoryError);
    expect(() => zeros([1e9, 0]).toArray()).toThrow(OutOfMemoryError);
  });

  it('converts', () => {
    const t = tensor([1.5, -2]);
    expect(t.to('bfloat16').dtype).toBe('bfloat16');
    expect(t.to('int64').toArray()).toEqual([1, -2]);
    expect(t.to('cpu').toArray()).toEqual([1.5, -2]);
    expect(t.to({ dtype: 'float64', device: 'cpu' }).dtype).toBe('float64');
    t.to('cpu').add_(1);
    expect(t.toArray(), 'shares memory').toEqual([2.5, -1]);
    t.to({ copy: true }).add_(1);
    expect(t.toArray(), 'copied').toEqual([2.5, -1]);
    // @ts-expect-error a typing error does not compile, and says so at run time
    expect(() => t.to('bfloat61')).toThrow(/^to: neither a dtype nor a device\n {2}expected .*bfloat16/);
    expect(() => t.to('float' as 'float32')).toThrow(DeviceError);
    expect(() => t.to({ dtype: 'float' as 'float32' })).toThrow(DTypeError);
  });

  it('has a gradient that can be set and dropped', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    x.grad = tensor([3, 4]);
    expect(x.grad?.toArray()).toEqual([3, 4]);
    x.mul(x).sum().backward();
    expect(x.grad?.toArray(), 'accumulates').toEqual([5, 8]);
    x.grad = null;
    expect(x.grad).toBeNull();
    expect(() => {
      x.grad = tensor([1, 2, 3]);
    }).toThrow(ShapeError);
  });

  it('switches recording', () => {
    const x = tensor([1]);
    expect(x.requiresGrad_()).toBe(x);
    expect(x.requiresGrad).toBe(true);
    expect(x.mul(2).isLeaf).toBe(false);
    expect(x.requiresGrad_(false).requiresGrad).toBe(false);
  });
});

describe('a released tensor', () => {
  const members: (keyof Tensor)[] = [
    'shape',
    'strides',
    'ndim',
    'numel',
    'dtype',
    'device',
    'isContiguous',
    'requiresGrad',
    'isLeaf',
    'grad',
  ];

  it.each(members)('%s throws', (member) => {
    const t = tensor([1]);
    t.dispose();
    expect(() => t[member]).toThrow(TensorDisposedError);
    expect(() => t[member]).toThrow(expect.objectContaining({ op: expect.stringMatching(/\w/) }));
  });

  it('throws from methods and ops and names them', () => {
    const t = tensor([1]);
    t.dispose();
    const x = tensor([1]);
    for (const call of [
      () => t.item(),
      () => t.data(),
      () => t.toArray(),
      () => t.backward(),
      () => t.share(),
    ]) {
      expect(call).toThrow(TensorDisposedError);
    }
    expect(() => t.to('float64')).toThrow(TensorDisposedError);
    expect(() => t.requiresGrad_()).toThrow(TensorDisposedError);
    expect(() => x.add(t)).toThrow(/^add/);
    expect(() => x.add(t)).toThrow(TensorDisposedError);
    expect(() => {
      x.grad = t;
    }).toThrow(TensorDisposedError);
  });

  it('can be released again, tested, and shown', () => {
    const t = tensor([1]);
    expect(t.isDisposed).toBe(false);
    t.dispose();
    t.dispose();
    expect(t.isDisposed).toBe(true);
    expect(String(t)).toBe('Tensor (disposed)');
  });

  it('is not confused with a later tensor in the same slot', () => {
    const t = tensor([1]);
    t.dispose();
    const later = Array.from({ length: 100 }, (_, i) => tensor(i));
    expect(() => t.item()).toThrow(TensorDisposedError);
    t.dispose();
    expect(later.map((l) => l.item())).toEqual(later.map((_, i) => i));
  });

  it('is freed by using', () => {
    let inner: Tensor;
    {
      using t = tensor([1]);
      inner = t;
      expect(inner.isDisposed).toBe(false);
    }
    expect(inner.isDisposed).toBe(true);
  });

  it('does not take views and graphs with it', () => {
    const x = tensor([1, 2], { requiresGrad: true });
    const y = x.mul(x);
    const loss = y.sum();
    const view = y.detach();
    y.dispose();
    loss.backward();
    expect(x.grad?.toArray()).toEqual([2, 4]);
    expect(view.toArray()).toEqual([1, 4]);
  });
});

describe('text', () => {
  it.each([
    [
      () =>
        tensor([
          [1, 2.5],
          [3, 4],
        ]),
      'Tensor float32[2, 2] cpu [[1, 2.5], [3, 4]]',
    ],
    [() => tensor(0.1), 'Tensor float32[] cpu 0.1'],
    [() => tensor([true]), 'Tensor bool[1] cpu [true]'],
    [() => tensor([1n]), 'Tensor int64[1] cpu [1]'],
    [() => zeros([0, 3]), 'Tensor float32[0, 3] cpu []'],
    [() => tensor([1], { dtype: 'bfloat16', requiresGrad: true }), 'Tensor bfloat16[1] cpu requiresGrad [1]'],
    [() => tensor([Number.NaN, Number.POSITIVE_INFINITY]), 'Tensor float32[2] cpu [NaN, Infinity]'],
    [
      () => fromTypedArray(new Float32Array([1, -2]), [1], { dtype: 'complex64' }),
      'Tensor complex64[1] cpu [1+-2i]',
    ],
  ])('%#', (make, text) => {
    expect(make().toString()).toBe(text);
    expect(inspect(make())).toBe(text);
  });

  it('is short for large tensors', () => {
    expect(String(ones([1000, 1000])).length).toBeLessThan(200);
    expect(String(ones([9]))).toBe('Tensor float32[9] cpu [1, 1, 1, 1, 1, 1, …]');
    expect(String(tensor([1]).expand([1e12]))).toContain('…');
    expect(String(ones(new Array(12).fill(2))).length).toBeLessThan(400);
  });

  it('leaks nothing', () => {
    using t = ones([100, 100]);
    expect(() => void String(t)).toLeakNothing();
  });
});

it('structuredClone fails and says what to do', () => {
  expect(() => structuredClone(tensor([1]))).toThrow(/tensor\.share\(\).*Tensor\.adopt/);
});

const hasUint64 = Number(libraryInfo().version.split('.')[0]) >= 2;

it.runIf(hasUint64)('item() reads uint64 whole', () => {
  expect(tensor([2n ** 63n + 1n], { dtype: 'uint64' }).item()).toBe(2n ** 63n + 1n);
  expect(tensor([7], { dtype: 'uint64' }).item()).toBe(7);
});
