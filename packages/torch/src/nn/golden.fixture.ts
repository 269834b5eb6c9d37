import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type NestedNumbers, type Tensor, tensor } from '../tensor/index.ts';

/** Reads packages/torch/golden/nn/<name>.json, which scripts/golden-nn.py wrote. */
export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../golden/nn/${name}.json`, import.meta.url), 'utf8')) as T;
}

/** Output and gradients of Σ output · w, for named inputs. */
export interface GoldenGradients {
  readonly inputs: Readonly<Record<string, NestedNumbers>>;
  readonly output: NestedNumbers;
  readonly w: NestedNumbers;
  readonly grads: Readonly<Record<string, NestedNumbers>>;
}

const flat = (value: unknown): number[] => (Array.isArray(value) ? value.flatMap(flat) : [Number(value)]);

/** Fails unless the tensor has the expected shape, and values within `tolerance` (absolute, and relative above 1). */
export function expectClose(actual: Tensor, expected: NestedNumbers, tolerance = 1e-6): void {
  const like = tensor(expected);
  expect(actual.shape).toEqual(like.shape);
  like.dispose();
  const [a, b] = [flat(actual.toArray()), flat(expected)];
  let worst = 0;
  a.forEach((value, i) => {
    const want = b[i] as number;
    const error = Math.abs(value - want) / Math.max(1, Math.abs(want));
    worst = Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  });
  expect(worst).toBeLessThan(tolerance);
}

/** Runs `fn` on leaves made from the golden inputs, and compares its output and all gradients. */
export function expectGradients(
  want: GoldenGradients,
  fn: (leaves: Readonly<Record<string, Tensor>>) => Tensor,
  { tolerance = 1e-6, dtype = 'float32' as 'float32' | 'bfloat16' } = {},
): void {
  const leaves = Object.fromEntries(
    Object.entries(want.inputs).map(([name, value]) => [name, tensor(value, { dtype, requiresGrad: true })]),
  );
  const output = fn(leaves);
  expectClose(output, want.output, tolerance);
  output.mul(tensor(want.w, { dtype })).sum().backward();
  for (const [name, gradient] of Object.entries(want.grads)) {
    expectClose((leaves[name] as Tensor).grad as Tensor, gradient, tolerance);
  }
}
