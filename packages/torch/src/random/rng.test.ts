import { describe, expect, it } from 'vitest';
import '../vitest/index.ts';
import {
  ArgumentError,
  DeviceError,
  manualSeed,
  randn,
  rngState,
  setRngState,
  TorchError,
} from '../index.ts';

const draw = () => randn([5]).toArray();

describe('the generator', () => {
  it('repeats itself after seeding', () => {
    manualSeed(7);
    const first = draw();
    const second = draw();
    manualSeed(7);
    expect(draw()).toEqual(first);
    expect(draw()).toEqual(second);
    expect(second).not.toEqual(first);
    manualSeed(8);
    expect(draw()).not.toEqual(first);
  });

  it('takes seeds of 64 bits', () => {
    manualSeed(2n ** 63n - 1n);
    const first = draw();
    manualSeed(-2n);
    expect(draw()).not.toEqual(first);
    for (const seed of [1.5, Number.NaN, '7', 2n ** 64n, undefined]) {
      expect(() => manualSeed(seed as never), String(seed)).toThrow(ArgumentError);
    }
  });

  it('continues from a stored state', () => {
    draw();
    const state = rngState();
    expect(state).toBeInstanceOf(Uint8Array);
    const next = draw();
    setRngState(new Uint8Array(state));
    expect(draw()).toEqual(next);
  });

  it('refuses states and devices that are not its own', () => {
    expect(() => setRngState(new Uint8Array(3))).toThrow(TorchError);
    expect(() => setRngState(new Uint8Array(0))).toThrow(TorchError);
    expect(() => setRngState('state' as never)).toThrow(ArgumentError);
    expect(() => setRngState(rngState(), 'nowhere')).toThrow(DeviceError);
    expect(() => rngState('nowhere')).toThrow(DeviceError);
    expect(() => rngState('cuda:99')).toThrow(DeviceError);
  });

  it('leaks nothing', () => {
    expect(() => setRngState(rngState())).toLeakNothing();
  });
});
