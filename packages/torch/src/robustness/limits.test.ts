import { describe, expect, it } from 'vitest';
import '../vitest/index.ts';
import {
  div,
  floorDivide,
  fmod,
  fromTypedArray,
  memory,
  noGrad,
  OutOfMemoryError,
  ones,
  remainder,
  scope,
  type Tensor,
  TensorDisposedError,
  TorchError,
  tensor,
  zeros,
} from '../index.ts';

describe('absurd sizes are OutOfMemoryErrors', () => {
  it.each([
    ['zeros', () => zeros([1e15])],
    ['zeros, overflowing', () => zeros([2 ** 40, 2 ** 40])],
    ['repeat', () => ones([10]).repeat([1e14])],
    ['expand and add', () => ones([1]).expand([1e15]).add(1)],
    [
      'matmul',
      () =>
        ones([1, 1])
          .expand([1e8, 1])
          .matmul(ones([1, 1]).expand([1, 1e8])),
    ],
  ])('%s', (_, call) => {
    expect(() => scope(call)).toThrow(OutOfMemoryError);
  });
});

describe('deep graphs and deep stacks', () => {
  it('a chain of 50,000 operations is differentiated and freed', () => {
    const x = tensor([1], { requiresGrad: true });
    scope(() => {
      let y = x;
      for (let i = 0; i < 50_000; i++) y = y.add(1);
      y.sum().backward();
    });
    expect(x.grad?.item()).toBe(1);
    let y = x.mul(1);
    for (let i = 0; i < 50_000; i++) {
      const next = y.mul(1);
      y.dispose();
      y = next;
    }
    y.dispose();
    x.grad = null;
    x.dispose();
  });

  it('a stack overflow in the middle of calls leaves everything usable', () => {
    const t = tensor([1]);
    const gone = tensor([2]);
    gone.dispose();
    const before = memory('thread');
    const names = new Set<string>();
    const dive = (): void => {
      for (const call of [
        () => gone.item(),
        () => scope(() => t.add(1).item()),
        () => noGrad(() => String(t)),
      ]) {
        try {
          call();
        } catch (error) {
          if (!(error instanceof RangeError)) names.add((error as Error).name);
        }
      }
      dive();
    };
    expect(dive).toThrow(RangeError);
    names.delete('TypeError'); // Node's own functions may throw it when the stack ends inside them
    expect([...names]).toEqual(['TensorDisposedError']);
    expect(scope(() => t.add(1).item())).toBe(2);
    expect(memory('thread').liveTensors - before.liveTensors).toBeLessThanOrEqual(3);
  });
});

describe('the lowest integer divided by -1, where the processor gives up', () => {
  const lowest = { int8: -128, int16: -(2 ** 15), int32: -(2 ** 31), int64: -(2n ** 63n) } as const;
  const divisions = {
    trunc: (a: Tensor, b: never) => div(a, b, { roundingMode: 'trunc' }),
    floor: (a: Tensor, b: never) => div(a, b, { roundingMode: 'floor' }),
    floorDivide: (a: Tensor, b: never) => floorDivide(a, b),
    remainder: (a: Tensor, b: never) => remainder(a, b),
    fmod: (a: Tensor, b: never) => fmod(a, b),
  };

  it.each(Object.entries(divisions))('%s', (_, divide) => {
    for (const dtype of Object.keys(lowest) as (keyof typeof lowest)[]) {
      // 20 elements: the vectorised and the plain part of a kernel
      const low = tensor([...new Array(19).fill(lowest[dtype]), 7], { dtype });
      const ones = tensor([...new Array(19).fill(-1), 2], { dtype });
      expect(divide(low, ones as never).numel).toBe(20);
      expect(divide(low, -1 as never).numel).toBe(20);
      expect(() => divide(low, 0 as never), dtype).toThrow(TorchError);
    }
    const exact = divide(tensor([-6n, 7n]), tensor([-1n, -1n]) as never).toArray();
    expect([
      [6, -7],
      [0, 0],
    ]).toContainEqual((exact as number[]).map((value) => value + 0));
  });
});

describe('hostile arguments', () => {
  it('a shape that detaches the array while it is read', () => {
    const data = new Float32Array(1024).fill(7);
    const shape = Object.defineProperty([0], 0, {
      get() {
        structuredClone(data.buffer, { transfer: [data.buffer] });
        return 1024;
      },
    });
    expect(() => fromTypedArray(data, shape)).toThrow(TorchError);
  });

  it('a list whose getter releases the tensors before it', () => {
    const first = ones([1000]);
    const list = [first, ones([1000])];
    Object.defineProperty(list, 1, {
      get() {
        first.dispose();
        return first;
      },
    });
    expect(() => scope(() => list[0]?.add(list[1] as never))).toThrow(TensorDisposedError);
  });

  it('errors thrown by getters come through as they are, and nothing leaks', () => {
    const shape = Object.defineProperty([1, 2], 1, {
      get() {
        throw new RangeError('mine');
      },
    });
    expect(() => expect(() => zeros(shape)).toThrow(new RangeError('mine'))).toLeakNothing();
  });
});
