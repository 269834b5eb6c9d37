import { describe, expect, test } from 'vitest';
import { ArgumentError, IndexError } from '../errors.ts';
import { empty, manualSeed, type NestedNumbers, ones, type Tensor, tensor } from '../index.ts';
import { isActivationName, activations as table } from './activations.ts';
import { Dropout } from './dropout.ts';
import { Embedding } from './embedding.ts';
import { expectClose, expectGradients, type GoldenGradients, golden } from './golden.fixture.ts';
import { kaimingUniform, xavierNormal, xavierUniform } from './init.ts';
import { Linear } from './linear.ts';
import { LayerNorm, RMSNorm, rmsNormByParts } from './norm.ts';

interface Layers {
  readonly seeded: Record<
    'weight' | 'bias' | 'embedding' | 'xavierUniform' | 'xavierNormal' | 'kaimingUniform',
    NestedNumbers
  >;
  readonly linear: GoldenGradients;
  readonly embedding: GoldenGradients;
  readonly layerNorm: GoldenGradients;
  readonly rmsNorm: GoldenGradients;
  readonly rmsNormBf16: GoldenGradients;
}
const want = golden<Layers>('layers');

test('a seed gives the initial weights that PyTorch gives', () => {
  manualSeed(7);
  const linear = new Linear(5, 3);
  const embedding = new Embedding(6, 4, { paddingIdx: 2 });
  expectClose(linear.weight, want.seeded.weight);
  expectClose(linear.bias as Tensor, want.seeded.bias);
  expectClose(embedding.weight, want.seeded.embedding);
  expectClose(xavierUniform(empty([4, 6])), want.seeded.xavierUniform);
  expectClose(xavierNormal(empty([4, 6]), { gain: 2 }), want.seeded.xavierNormal);
  expectClose(kaimingUniform(empty([4, 6])), want.seeded.kaimingUniform);
});

describe('forward and gradients equal PyTorch', () => {
  /** The module's own parameters replaced by the golden ones. */
  const fill = <T extends object>(module: T, leaves: Readonly<Record<string, Tensor>>): T =>
    Object.assign(
      module,
      leaves['bias'] ? { weight: leaves['weight'], bias: leaves['bias'] } : { weight: leaves['weight'] },
    );
  const x = (leaves: Readonly<Record<string, Tensor>>): Tensor => leaves['x'] as Tensor;

  test('Linear', () => {
    expectGradients(want.linear, (leaves) => fill(new Linear(5, 3), leaves).forward(x(leaves)));
  });
  test('Embedding leaves its padding row without gradient', () => {
    expectGradients(want.embedding, (leaves) =>
      fill(new Embedding(6, 4, { paddingIdx: 2 }), leaves).forward(tensor([1, 2, 5, 1], { dtype: 'int64' })),
    );
  });
  test('LayerNorm', () => {
    expectGradients(want.layerNorm, (leaves) => fill(new LayerNorm(5), leaves).forward(x(leaves)));
  });
  test('RMSNorm', () => {
    expectGradients(want.rmsNorm, (leaves) => fill(new RMSNorm(5, { eps: 1e-5 }), leaves).forward(x(leaves)));
    expectGradients(want.rmsNorm, (leaves) => rmsNormByParts(x(leaves), leaves['weight'] as Tensor, 1e-5));
  });
  test('RMSNorm in bfloat16 rounds where Hugging Face rounds', () => {
    expectGradients(
      want.rmsNormBf16,
      (leaves) => fill(new RMSNorm(5, { eps: 1e-5 }), leaves).forward(x(leaves)),
      {
        dtype: 'bfloat16',
      },
    );
  });
});

describe('activations', () => {
  const { x, outputs } = golden<{ x: number[]; outputs: Record<string, number[]> }>('activations');
  test.each(Object.keys(outputs))('%s equals transformers', (name) => {
    if (!isActivationName(name)) throw new Error(`${name} is missing`);
    expectClose(table[name](tensor(x)), outputs[name] as number[]);
  });
  test('an unknown name is none', () => {
    expect(isActivationName('toString')).toBe(false);
    expect(isActivationName('gelu_typo')).toBe(false);
  });
});

describe('Dropout', () => {
  test('drops about p and scales the rest, by the seed', () => {
    const dropout = new Dropout(0.25);
    manualSeed(1);
    const first = dropout.forward(ones([10_000])).toArray() as number[];
    manualSeed(1);
    expect(dropout.forward(ones([10_000])).toArray()).toEqual(first);
    expect(new Set(first)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
    const dropped = first.filter((value) => value === 0).length / first.length;
    expect(dropped).toBeGreaterThan(0.23);
    expect(dropped).toBeLessThan(0.27);
  });
  test('returns its input in evaluation', () => {
    const x = ones([3]);
    expect(new Dropout(0.9).eval().forward(x)).toBe(x);
  });
});

describe('bad settings are typed errors', () => {
  test.each([
    ['Linear size', () => new Linear(0, 3)],
    ['Linear size', () => new Linear(2, 1.5)],
    ['padding row', () => new Embedding(4, 2, { paddingIdx: 4 })],
    ['dropout', () => new Dropout(1)],
    ['dropout', () => new Dropout(Number.NaN)],
    ['init of a vector', () => kaimingUniform(empty([3]))],
  ])('%s', (_, make) => {
    expect(make).toThrow(ArgumentError);
  });
  test('an index outside the table', () => {
    expect(() => new Embedding(4, 2).forward(tensor([4], { dtype: 'int64' }))).toThrow(IndexError);
  });
});
