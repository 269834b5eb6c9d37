import { scope, type Tensor, tensor } from '@ragwright/torch';
import { expect } from 'vitest';

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: the declaration must repeat vitest's own.
  interface Matchers<T = any> {
    /** Within the tolerance: absolute, and relative above 1. */
    toBeCloseToNumber(expected: number, tolerance: number): void;
  }
}

expect.extend({
  toBeCloseToNumber(actual: number, expected: number, tolerance: number) {
    const off = Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
    return {
      pass: off <= tolerance,
      message: () => `${actual} is not ${expected} (off by ${off}, tolerance ${tolerance})`,
    };
  },
});

/**
 * Checks the gradients of a function of some tensors, all float64, against differences of its value.
 *
 * @param lossOf the tensors → a scalar
 */
export function expectSlopes(lossOf: (leaves: readonly Tensor[]) => Tensor, at: readonly Tensor[]): void {
  const h = 1e-6;
  const valueWith = (column: number, place: number, by: number): number =>
    scope(() => {
      const moved = at.map((x, i) => {
        if (i !== column) return x.detach();
        const values = Array.from(x.data(), Number);
        values[place] = (values[place] as number) + by;
        return tensor(values, { dtype: 'float64' }).view([...x.shape]);
      });
      return Number(lossOf(moved).item());
    });
  scope(() => {
    const leaves = at.map((x) => x.detach().clone().requiresGrad_());
    lossOf(leaves).backward();
    for (const [i, leaf] of leaves.entries()) {
      Array.from(leaf.grad?.data() ?? [], Number).forEach((slope, place) => {
        const measured = (valueWith(i, place, h) - valueWith(i, place, -h)) / (2 * h);
        expect(slope, `column ${i} at ${place}`).toBeCloseToNumber(measured, 2e-6);
      });
    }
  });
}
