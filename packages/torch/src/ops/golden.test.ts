import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { grad } from '../autograd/index.ts';
import { libraryInfo } from '../device/index.ts';
import { DTypeError, UnsupportedOpError } from '../errors.ts';
import { scope } from '../memory/index.ts';
import { manualSeed } from '../random/index.ts';
import type { DType } from '../tensor/dtype.ts';
import { Tensor } from '../tensor/index.ts';
import { difference } from '../vitest/close.ts';
import {
  type Expected,
  expectedTensor,
  type GoldenCase,
  type GoldenRun,
  goldenCases,
  isBefore,
  makeCall,
  weightsLike,
} from './golden.fixture.ts';
import * as ops from './index.ts';

const device = process.env['RAGWRIGHT_TEST_DEVICE'] ?? 'cpu';
const { version } = libraryInfo();
const functions = ops as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>;
const methods = Tensor.prototype as unknown as Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** Relative and absolute. Other processors and versions add in other orders, so not to the last bit. */
const tolerances: Readonly<Record<string, readonly [number, number]>> = {
  float64: [1e-9, 1e-10],
  float32: [2e-5, 2e-6],
  float16: [2e-3, 1e-3],
  bfloat16: [1.6e-2, 8e-3],
};

function toleranceOf(golden: GoldenCase, run: string, dtype: DType): readonly [number, number] {
  if (golden.tf32 && run === 'float32' && device !== 'cpu') return [1e-2, 1e-1];
  return golden.tolerance?.[run] ?? tolerances[dtype] ?? [0, 0];
}

function problemWith(
  got: unknown,
  expected: Expected,
  golden: GoldenCase,
  run: string,
  place: number,
): string | null {
  if (typeof expected === 'object' && 'value' in expected) {
    return got === expected.value ? null : `${String(got)} is not ${String(expected.value)}`;
  }
  if (!(got instanceof Tensor)) return `${String(got)} is not a Tensor`;
  const wanted = typeof expected === 'string' ? expectedTensor(expected) : expected;
  if (String(got.shape) !== String(wanted.shape)) return `shape [${got.shape}] is not [${wanted.shape}]`;
  if (got.dtype !== wanted.dtype) return `dtype ${got.dtype} is not ${wanted.dtype}`;
  if (golden.stats) return problemWithStatistics(got, golden.stats);
  if (!(wanted instanceof Tensor) || (golden.seed && device !== 'cpu' && wanted.numel > 0)) return null;
  const [rtol, atol] = toleranceOf(golden, run, wanted.dtype);
  const signless = golden.absolute?.includes(place);
  const actual = got.detach().to('cpu');
  const [a, b] = signless ? [ops.abs(actual), ops.abs(wanted)] : [actual, wanted];
  return difference(a, b, { rtol, atol, equalNan: true });
}

/** Mean and standard deviation within five standard errors (of 4096 numbers). */
function problemWithStatistics(got: Tensor, [mean, std]: readonly [number, number]): string | null {
  const values = got.to({ device: 'cpu', dtype: 'float64' });
  const [m, s] = [Number(values.mean().item()), Number(values.std().item())];
  const limit = 5 * (std / Math.sqrt(got.numel));
  const close = Math.abs(m - mean) < limit && Math.abs(s - std) < 2 * limit;
  return close ? null : `mean ${m} and standard deviation ${s} are not about ${mean} and ${std}`;
}

/** What differs in one run of a case, called as a function or as a method. */
function problemsOf(golden: GoldenCase, dtype: DType, run: GoldenRun, asMethod: boolean): string[] {
  const { args, tensors } = makeCall(golden, run, dtype, device);
  if (golden.seed) manualSeed(1234);
  const [self, ...rest] = args;
  const result = asMethod ? methods[golden.op]?.apply(self, rest) : functions[golden.op]?.(...args);
  const outputs = golden.several ? (result as unknown[]) : [result];
  const problems = run.out.map((expected, i) => {
    const problem = problemWith(outputs[i], expected, golden, dtype, i);
    return problem && `output ${i}: ${problem}`;
  });
  if (outputs.length !== run.out.length) problems.push(`${outputs.length} outputs, not ${run.out.length}`);
  if (golden.op.endsWith('_') && result !== self) problems.push('does not return self');
  if (run.grads) problems.push(...problemsWithGradients(golden, dtype, run.grads, outputs, tensors));
  return problems.filter((problem) => problem !== null);
}

function problemsWithGradients(
  golden: GoldenCase,
  dtype: DType,
  grads: Readonly<Record<string, string>>,
  outputs: readonly unknown[],
  tensors: readonly Tensor[],
): (string | null)[] {
  const chosen = outputs.filter((_, i) => golden.gradOutputs?.includes(i) ?? true);
  const roots = chosen.filter((output) => output instanceof Tensor).filter((output) => output.requiresGrad);
  if (roots.length === 0) return ['no output requires a gradient'];
  const places = Object.keys(grads);
  const { stats: _, ...compared } = golden; // gradients of random ops are compared value by value
  const found = grad(
    roots,
    places.map((place) => tensors[Number(place)] as Tensor),
    { gradOutputs: roots.map(weightsLike), allowUnused: true },
  );
  return places.map((place, i) => {
    const gradient = found[i];
    const problem = gradient ? problemWith(gradient, grads[place] as string, compared, dtype, -1) : 'missing';
    return problem && `gradient of tensor ${place}: ${problem}`;
  });
}

function problemsOfCase(golden: GoldenCase): string[] {
  const old = golden.since !== undefined && isBefore(version, golden.since);
  return Object.entries(golden.runs).flatMap(([name, run], index) => {
    const dtype = name as DType;
    const label = `${golden.overload}(${JSON.stringify(golden.args)}, ${JSON.stringify(golden.options ?? {})}) ${dtype}`;
    try {
      const problems = scope(() => problemsOf(golden, dtype, run, false));
      if (old) return golden.missing ? [`${label}: ran on libtorch ${version}`] : [];
      if (index === 0 && hasMethod(golden))
        problems.push(...scope(() => problemsOf(golden, dtype, run, true)));
      return problems.map((problem) => `${label}: ${problem}`);
    } catch (error) {
      if (old && (!golden.missing || error instanceof UnsupportedOpError)) return [];
      if (lacksHalfPrecision(error)) return [];
      return [`${label}: ${String(error)}`];
    }
  });
}

/** On the CPU most ops learnt float16, and the last of them bfloat16, between libtorch 2.0 and 2.3. */
const lacksHalfPrecision = (error: unknown): boolean =>
  isBefore(version, '2.3') &&
  error instanceof DTypeError &&
  /not implemented for '(Half|BFloat16)'/.test(error.message);

/** Tensor's own methods, such as to(), have tests of their own. */
function hasMethod(golden: GoldenCase): boolean {
  const [self] = golden.args;
  const takesSelf = typeof self === 'object' && self !== null && 't' in self;
  return takesSelf && golden.op !== 'to' && methodNames.has(golden.op);
}

const generated = readFileSync(new URL('./methods.generated.ts', import.meta.url), 'utf8');
const methodNames = new Set(Array.from(generated.matchAll(/^method\('(\w+)'/gm), (match) => match[1]));

describe(`golden values of PyTorch on ${device}`, () => {
  const byOp = groupByOp();
  it.each([...byOp.keys()])('%s', (op) => {
    const problems = (byOp.get(op) ?? []).flatMap(problemsOfCase);
    expect(problems.join('\n')).toBe('');
  });

  it('covers every public overload of the allow-list', () => {
    const list = readFileSync(new URL('../../ops/allow-list.txt', import.meta.url), 'utf8');
    const [publicPart = ''] = list.split(/^\[internal\]/m);
    const wanted = Array.from(publicPart.matchAll(/^(\w+(?:\.\w+)?)(?=\s|$)/gm), (match) => match[1]);
    const covered = new Set(goldenCases.map((c) => c.overload));
    expect(wanted.length).toBeGreaterThan(300);
    expect(wanted.filter((overload) => !covered.has(overload as string))).toEqual([]);
  });

  it('covers half precision, integers, empty and one-element tensors', () => {
    const count = (matches: (c: GoldenCase) => boolean) => goldenCases.filter(matches).length;
    for (const dtype of ['float32', 'float64', 'bfloat16', 'float16', 'int64', 'bool']) {
      expect(count((c) => dtype in c.runs)).toBeGreaterThan(50);
    }
  });
});

function groupByOp(): Map<string, GoldenCase[]> {
  const groups = new Map<string, GoldenCase[]>();
  for (const golden of goldenCases) groups.set(golden.op, [...(groups.get(golden.op) ?? []), golden]);
  return groups;
}
