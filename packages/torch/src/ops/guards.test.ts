import { describe, expect, it } from 'vitest';
import { ArgumentError, OutOfMemoryError, ShapeError, TensorDisposedError } from '../errors.ts';
import { memory, scope } from '../memory/index.ts';
import { type Tensor, tensor } from '../tensor/index.ts';
import {
  div,
  floorDivide,
  fmod,
  ones,
  remainder,
  repeatInterleave,
  scaledDotProductAttention,
} from './index.ts';

/** The processor's division traps on the lowest number by -1; the true quotient wraps around to itself. */
describe.each([
  ['int64', -(2n ** 63n)],
  ['int32', -(2n ** 31n)],
] as const)('integer division of the lowest %s by -1', (dtype, lowest) => {
  const big = (t: Tensor) => Array.from(t.to('int64').data(), BigInt);
  const a = tensor([lowest, 7n, -7n, 6n], { dtype });
  const b = tensor([-1n, -1n, 2n, -4n], { dtype });

  it('does not end the process', () => {
    expect(big(div(a, b, { roundingMode: 'trunc' }))).toEqual([lowest, -7n, -3n, -1n]);
    expect(big(div(a, b, { roundingMode: 'floor' }))).toEqual([lowest, -7n, -4n, -2n]);
    expect(big(floorDivide(a, b))).toEqual([lowest, -7n, -4n, -2n]);
    expect(big(remainder(a, b))).toEqual([0n, 0n, 1n, -2n]);
    expect(big(fmod(a, b))).toEqual([0n, 0n, -1n, 2n]);
  });

  it.each([-1, -1n])('nor by the number %s', (minusOne) => {
    expect(big(div(a, minusOne, { roundingMode: 'trunc' }))).toEqual([lowest, -7n, 7n, -6n]);
    expect(big(div(a, minusOne, { roundingMode: 'floor' }))).toEqual([lowest, -7n, 7n, -6n]);
    expect(big(floorDivide(a, minusOne))).toEqual([lowest, -7n, 7n, -6n]);
    expect(big(remainder(a, minusOne))).toEqual([0n, 0n, 0n, 0n]);
    expect(big(fmod(a, minusOne))).toEqual([0n, 0n, 0n, 0n]);
  });

  it('broadcasts and promotes as ever', () => {
    const column = tensor([[-1n], [2n]], { dtype: 'int8' });
    const quotient = floorDivide(a, column);
    expect([quotient.shape, quotient.dtype]).toEqual([[2, 4], dtype]);
    expect(big(quotient).slice(0, 2)).toEqual([lowest, -7n]);
  });

  it('keeps none of its helpers, also when it fails', () => {
    const zero = tensor([0n], { dtype });
    const before = memory().liveTensors;
    scope(() => {
      floorDivide(a, b);
      const inside = memory().liveTensors;
      expect(inside).toBe(before + 1);
      expect(() => remainder(a, zero)).toThrow(/ZeroDivision/);
      expect(memory().liveTensors).toBe(inside);
    });
    const gone = tensor([1n], { dtype });
    gone.dispose();
    expect(() => fmod(a, gone)).toThrow(TensorDisposedError);
  });
});

it('rounding floats is left to libtorch', () => {
  expect(div(tensor([7, -7]), -2, { roundingMode: 'trunc' }).toArray()).toEqual([-3, 3]);
  expect(div(tensor([7, -7]), tensor([2, 2]), { roundingMode: 'floor' }).toArray()).toEqual([3, -4]);
});

describe('counts of repeatInterleave', () => {
  const x = ones([4]);

  it('must not be negative: libtorch would write past the end of what it allocates for their sum', () => {
    for (let i = 0; i < 100; i++) {
      expect(() => repeatInterleave(x, tensor([200n, 500n, -200n, -100n]))).toThrow(ArgumentError);
    }
  });

  it('must not overflow', () => {
    const huge = 2n ** 62n;
    expect(() => repeatInterleave(x, tensor([huge, huge, huge, huge]))).toThrow(OutOfMemoryError);
    expect(() => repeatInterleave(x, tensor([huge]))).toThrow(OutOfMemoryError);
    expect(() => repeatInterleave(x, 2 ** 52)).toThrow(OutOfMemoryError);
  });

  it('work as ever', () => {
    const counts = tensor([0, 2, 1, 0], { dtype: 'int32' });
    expect(repeatInterleave(tensor([1, 2, 3, 4]), counts).toArray()).toEqual([2, 2, 3]);
    expect(repeatInterleave(tensor([1, 2]), 2).toArray()).toEqual([1, 1, 2, 2]);
    expect(() => repeatInterleave(x, -1)).toThrow(/negative/);
    expect(() => repeatInterleave(x, tensor([0.5]))).toThrow(/repeat/);
  });
});

it('grouped attention needs heads', () => {
  const attend = (heads: number) =>
    scaledDotProductAttention(ones([4, 1, 3]), ones([heads, 3, 3]), ones([1, 3, 1]), null, 0, false, {
      enableGqa: true,
    });
  expect(() => attend(0)).toThrow(ShapeError);
});
