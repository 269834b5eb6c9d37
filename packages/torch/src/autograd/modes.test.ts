import { describe, expect, it } from 'vitest';
import {
  ArgumentError,
  autocast,
  DeviceError,
  DTypeError,
  enableGrad,
  GradientError,
  isGradEnabled,
  noGrad,
  ones,
  tensor,
} from '../index.ts';

describe('noGrad', () => {
  it('records nothing inside, and sets the mode back', () => {
    const x = tensor([1], { requiresGrad: true });
    expect(noGrad(() => x.mul(2)).requiresGrad).toBe(false);
    expect(x.mul(2).requiresGrad).toBe(true);
  });

  it('nests with enableGrad', () => {
    const seen = noGrad(() => [isGradEnabled(), enableGrad(() => isGradEnabled()), isGradEnabled()]);
    expect([...seen, isGradEnabled()]).toEqual([false, true, false, true]);
  });

  it('sets the mode back when the callback throws or returns a promise', async () => {
    const failing = () => {
      throw new RangeError('mine');
    };
    expect(() => noGrad(failing)).toThrow('mine');
    expect(isGradEnabled()).toBe(true);
    expect(() => noGrad(async () => failing())).toThrow(/await first, then call noGrad around/);
    expect(isGradEnabled()).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('needs a function', () => {
    expect(() => noGrad(undefined as never)).toThrow(ArgumentError);
    expect(isGradEnabled()).toBe(true);
  });
});

describe('autocast', () => {
  const product = () => ones([2, 2]).matmul(ones([2, 2])).dtype;

  it('computes matrix products in the smaller type', () => {
    expect(autocast({ device: 'cpu', dtype: 'bfloat16' }, product)).toBe('bfloat16');
    expect(autocast({}, product)).toBe('bfloat16');
    expect(product()).toBe('float32');
  });

  it('nests and can be off inside', () => {
    const seen = autocast({}, () => [product(), autocast({ enabled: false }, product), product()]);
    expect(seen).toEqual(['bfloat16', 'float32', 'bfloat16']);
    expect(product()).toBe('float32');
  });

  it('gives float32 gradients to float32 leaves', () => {
    const weight = ones([2, 2]).requiresGrad_();
    autocast({}, () => ones([2, 2]).matmul(weight))
      .to('float32')
      .sum()
      .backward();
    expect(weight.grad?.dtype).toBe('float32');
  });

  it('sets the mode back when the callback throws or returns a promise', () => {
    expect(() =>
      autocast({}, () => {
        throw new RangeError('mine');
      }),
    ).toThrow('mine');
    expect(() => autocast({}, async () => 1)).toThrow(GradientError);
    expect(product()).toBe('float32');
  });

  it('refuses what it does not know', () => {
    expect(() => autocast({ device: 'tpu' }, product)).toThrow(DeviceError);
    expect(() => autocast({ dtype: 'int64' }, product)).toThrow(DTypeError);
    expect(() => autocast({ dtype: 'half' as never }, product)).toThrow(DTypeError);
    expect(() => autocast({}, 5 as never)).toThrow(ArgumentError);
    expect(product()).toBe('float32');
  });
});
