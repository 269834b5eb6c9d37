import { afterEach, describe, expect, test } from 'vitest';
import { numThreads, setNumThreads } from '../device/index.ts';
import { GradientError } from '../errors.ts';
import { backward, cat, grad, manualSeed, memory, randn, scope, type Tensor, zeros } from '../index.ts';
import { type NestedNumbers, tensor } from '../tensor/index.ts';
import { packedAttention } from './attention.ts';
import { Dropout } from './dropout.ts';
import { expectClose } from './golden.fixture.ts';
import { hasKernels } from './kernels.ts';

const threads = numThreads();
afterEach(() => setNumThreads(threads));

type Three = [q: Tensor, k: Tensor, v: Tensor];

const lengths = [70, 2, 130, 1, 9, 65, 40, 64, 200];
const tokens = lengths.reduce((a, b) => a + b, 0);

/** Output and gradients of attention computed in `dtype` from the same numbers. */
function results(inputs: Three, w: Tensor, dtype: 'float32' | 'float64' | 'bfloat16', causal: boolean) {
  const leaves = inputs.map((x) => x.to({ dtype, copy: true }).requiresGrad_()) as Three;
  const output = packedAttention(...leaves, lengths, { causal });
  backward(output.mul(w.to(dtype)).sum());
  return [output, ...leaves.map((x) => x.grad as Tensor)].map((x) => x.to('float64'));
}

const apart = (a: Tensor, b: Tensor): number => Number(a.sub(b).abs().max().item());

describe('attention', () => {
  // Heads, key heads, size of a head: grouped queries, sizes that fill no vector, one and several of them.
  test.each([
    [3, 3, 8, false],
    [3, 3, 8, true],
    [2, 1, 32, false],
    [4, 2, 24, true],
    [1, 1, 5, false],
    [2, 2, 64, true],
    [1, 1, 80, false],
  ])('%d heads on %d, of %d, causal %s: as in float64', (heads, kvHeads, dim, causal) => {
    manualSeed(3);
    scope(() => {
      const inputs = [heads, kvHeads, kvHeads].map((h) => randn([tokens, h, dim]).to('bfloat16')) as Three;
      const w = randn([tokens, heads, dim]).to('bfloat16');
      const want = results(inputs, w, 'float64', causal);
      results(inputs, w, 'float32', causal).forEach((got, i) => {
        expect(apart(got, want[i] as Tensor)).toBeLessThan(1e-5);
      });
      results(inputs, w, 'bfloat16', causal).forEach((got, i) => {
        expect(apart(got, want[i] as Tensor)).toBeLessThan(0.05);
      });
    });
  });

  test('of slices of one projection', () => {
    manualSeed(4);
    const all = randn([tokens, 12, 16]).requiresGrad_();
    const w = randn([tokens, 4, 16]);
    const run = (dense: boolean): NestedNumbers[] => {
      const parts = all.split(4, 1) as Three;
      const [q, k, v] = dense ? (parts.map((x) => x.contiguous()) as Three) : parts;
      const output = packedAttention(q, k, v, lengths);
      backward(output.mul(w).sum());
      const values = [output, all.grad as Tensor].map((x) => x.toArray() as NestedNumbers);
      all.grad = null;
      return values;
    };
    expect(run(false)).toEqual(run(true));
  });

  test('scores far apart, and not a number', () => {
    const q = tensor([[[300]], [[-300]]]);
    const v = tensor([[[1]], [[2]]]);
    expect(packedAttention(q, q, v, [2], { scale: 1 }).toArray()).toEqual([[[1]], [[2]]]);
    const bad = packedAttention(
      tensor([[[Number.NaN]], [[1]], [[1]]]),
      zeros([3, 1, 1]).add(1),
      tensor([[[1]], [[1]], [[2]]]),
      [1, 2],
    );
    expect(bad.toArray()).toEqual([[[Number.NaN]], [[1.5]], [[1.5]]]);
  });

  test('dropout: its gradient is that of the same mask', () => {
    manualSeed(1);
    const inputs = [0, 1, 2].map(() => randn([112, 2, 16])) as Three;
    const w = randn([112, 2, 16]);
    const run = (...x: Three): Tensor => {
      manualSeed(9);
      return packedAttention(...x, [5, 37, 70], { dropout: 0.3 })
        .mul(w)
        .sum();
    };
    const leaves = inputs.map((x) => x.detach().requiresGrad_()) as Three;
    backward(run(...leaves));
    inputs.forEach((_, i) => {
      const direction = randn([112, 2, 16]);
      const at = (step: number): number =>
        Number(run(...(inputs.map((x, j) => (i === j ? x.add(direction.mul(step)) : x)) as Three)).item());
      const slope = Number(((leaves[i] as Tensor).grad as Tensor).mul(direction).sum().item());
      expect((at(0.01) - at(-0.01)) / 0.02).toBeCloseTo(slope, 2);
    });
  });

  test('dropout: the share that is dropped, and the same mask on any number of threads', () => {
    const q = zeros([900, 2, 8]); // equal weights: the output counts what was kept
    const v = zeros([900, 2, 8]).add(1);
    const run = (): Tensor => {
      manualSeed(2);
      return packedAttention(q, q, v, [300, 600], { dropout: 0.1 });
    };
    setNumThreads(1);
    const one = run();
    setNumThreads(2);
    expect(run().equal(one)).toBe(true);
    expect(Number(one.mean().item())).toBeCloseTo(1, 2);
    // n weights, each kept with probability 0.9: standard deviation √(0.1 / 0.9 / n)
    const deviation = (start: number, count: number): number =>
      Number(one.narrow(0, start, count).select(2, 0).std().item());
    expect(deviation(0, 300)).toBeCloseTo(Math.sqrt(0.1 / 0.9 / 300), 3);
    expect(deviation(300, 600)).toBeCloseTo(Math.sqrt(0.1 / 0.9 / 600), 3);
  });

  test.runIf(hasKernels(zeros([1])))('a second derivative is refused, not wrong', () => {
    const q = randn([4, 1, 8]).requiresGrad_();
    const output = packedAttention(q, q, q, [4]).sum();
    expect(() => grad(output, [q], { createGraph: true })).toThrow(GradientError);
  });

  test('leaves nothing behind', () => {
    const q = randn([tokens, 2, 8]).requiresGrad_();
    const run = () => scope(() => backward(packedAttention(q, q, q, lengths, { dropout: 0.1 }).sum()));
    run();
    const before = memory();
    for (let i = 0; i < 3; i++) run();
    expect(memory()).toEqual(before);
  });
});

describe('dropout', () => {
  const dropout = new Dropout(0.3);
  const sizes = [1, 31, 32, 33, 100_003];

  test.each(sizes)('%d elements: the mask is that of the gradient', (size) => {
    for (const dtype of ['float32', 'bfloat16'] as const) {
      manualSeed(size);
      const x = randn([size]).to(dtype).requiresGrad_();
      const output = dropout.forward(x);
      backward(output.sum());
      const factor = (x.grad as Tensor).to('float32');
      const kept = Number(factor.gt(0).to('float32').mean().item());
      expect(Math.abs(kept - 0.7)).toBeLessThan(4 * Math.sqrt(0.21 / size));
      expectClose(
        output.to('float32').detach(),
        x.to('float32').mul(factor).toArray() as NestedNumbers,
        0.02,
      );
      expect(Number(factor.max().item()) === 0 || Number(factor.max().item()) > 1.42).toBe(true);
    }
  });

  test('is seeded, differs from call to call, and does not depend on the threads', () => {
    const x = randn([50, 2001]);
    const run = (seed: number): [Tensor, Tensor] => {
      manualSeed(seed);
      return [dropout.forward(x), dropout.forward(x)];
    };
    setNumThreads(1);
    const [first, second] = run(1);
    setNumThreads(2);
    const [again, next] = run(1);
    expect(first.equal(again) && second.equal(next)).toBe(true);
    expect(first.equal(second)).toBe(false);
    expect(first.equal(run(2)[0])).toBe(false);
  });

  test('neighbours are dropped independently: along rows, across them, and in 32-element parts', () => {
    manualSeed(8);
    const mask = dropout
      .forward(zeros([1024, 1024]).add(1))
      .gt(0)
      .to('float64')
      .sub(0.7);
    for (const [dim, apart] of [
      [1, 1],
      [1, 16],
      [1, 32],
      [0, 1],
      [0, 32],
    ] as const) {
      const [a, b] = [mask.narrow(dim, 0, 1024 - apart), mask.narrow(dim, apart, 1024 - apart)];
      expect(Math.abs(Number(a.mul(b).mean().item()) / 0.21)).toBeLessThan(0.005);
    }
  });

  test.each([
    ['float32', 'float32', 'float32'],
    ['bfloat16', 'float32', 'float32'],
    ['bfloat16', 'bfloat16', 'bfloat16'],
    ['float32', 'bfloat16', 'float32'],
    ['float64', 'float64', 'float64'],
  ] as const)('%s added to %s gives %s', (from, to, sum) => {
    const x = randn([7, 33]).to(from);
    const residual = randn([7, 33]).to(to);
    const run = (fn: (a: Tensor, b: Tensor) => Tensor): Tensor[] => {
      manualSeed(6);
      const [a, b] = [x.mul(1).requiresGrad_(), residual.mul(1).requiresGrad_()];
      const output = fn(a.mul(1), b);
      expect(output.dtype).toBe(sum);
      backward(output.square().sum());
      expect([a.grad?.dtype, b.grad?.dtype]).toEqual([from, to]);
      return [output, a.grad as Tensor, b.grad as Tensor].map((y) => y.to('float32'));
    };
    const want = run((a, b) => dropout.forward(a).add(b));
    run((a, b) => dropout.addTo(a, b)).forEach((got, i) => {
      expect(apart(got, want[i] as Tensor)).toBeLessThan(from === 'bfloat16' ? 0.1 : 0.03);
    });
    dropout.eval();
    expect(dropout.addTo(x.mul(1), residual).equal(x.add(residual))).toBe(true);
    dropout.train();
  });

  test('can be differentiated twice', () => {
    manualSeed(1);
    const x = randn([64]).requiresGrad_();
    const [first] = grad(dropout.forward(x).pow(3).sum(), [x], { createGraph: true });
    const [second] = grad((first as Tensor).sum(), [x]);
    manualSeed(1);
    randn([64]);
    const factor = dropout.forward(zeros([64]).add(1));
    expectClose(second as Tensor, factor.pow(3).mul(x).mul(6).detach().toArray() as NestedNumbers, 1e-4);
  });

  test('of nothing', () => {
    expect(dropout.forward(zeros([0, 4])).shape).toEqual([0, 4]);
    expect(cat([dropout.forward(zeros([1, 4]))], 0).toArray()).toEqual([[0, 0, 0, 0]]);
  });
});
