import { describe, expect, test } from 'vitest';
import { ArgumentError } from '../errors.ts';
import { arange, backward, cat, manualSeed, randn, type Tensor, zeros } from '../index.ts';
import { type NestedNumbers, tensor as tensorOf } from '../tensor/index.ts';
import { packedAttention } from './attention.ts';
import { expectClose } from './golden.fixture.ts';
import { truncatedNormalInit } from './init.ts';

type Inputs = [q: Tensor, k: Tensor, v: Tensor, table: Tensor];

interface Setting {
  readonly biased?: boolean;
  readonly window?: number;
  readonly causal?: boolean;
}

const HEADS = 3;
const LONGEST = 130;

/** Bias of a head by key − query, from a table [heads, 2 · LONGEST]. */
function biasOf(table: Tensor, length: number): Tensor {
  const positions = arange(length, { dtype: 'int64' });
  const rows = positions.unsqueeze(0).sub(positions.unsqueeze(1)).add(LONGEST).reshape([-1]);
  return table.indexSelect(1, rows).view([HEADS, length, length]);
}

/** Attention on each sequence alone, from its definition. */
function reference([q, k, v, table]: Inputs, lengths: readonly number[], setting: Setting): Tensor {
  let start = 0;
  const outputs = lengths.map((length) => {
    const part = (x: Tensor) => x.narrow(0, start, length).transpose(0, 1); // [heads, length, headDim]
    const positions = arange(length, { dtype: 'int64' });
    const ahead = positions.unsqueeze(0).sub(positions.unsqueeze(1)); // key − query
    let scores = part(q).matmul(part(k).transpose(1, 2)).div(Math.sqrt(8));
    if (setting.biased) scores = scores.add(biasOf(table, length));
    if (setting.window !== undefined) {
      scores = scores.maskedFill(ahead.abs().gt(setting.window), Number.NEGATIVE_INFINITY);
    }
    if (setting.causal) scores = scores.maskedFill(ahead.gt(0), Number.NEGATIVE_INFINITY);
    const output = scores.softmax(-1).matmul(part(v)).transpose(0, 1);
    start += length;
    return output;
  });
  return cat(outputs, 0);
}

function packed([q, k, v, table]: Inputs, lengths: readonly number[], setting: Setting): Tensor {
  const { biased, window, causal = false } = setting;
  return packedAttention(q, k, v, lengths, {
    causal,
    ...(biased && { bias: (length: number) => biasOf(table, length) }),
    ...(window !== undefined && { window }),
  });
}

/** Output and the gradients of q, k, v and the bias's table. */
function results(inputs: Inputs, w: Tensor, run: (inputs: Inputs) => Tensor): NestedNumbers[] {
  const output = run(inputs);
  backward(output.mul(w).sum());
  return [output, ...inputs.map((x) => x.grad ?? zeros(x.shape))].map((x) => x.toArray() as NestedNumbers);
}

function makeInputs(tokens: number, dtype: 'float64' | 'bfloat16'): { inputs: () => Inputs; w: Tensor } {
  const values = [randn([tokens, HEADS, 8]), randn([tokens, HEADS, 8]), randn([tokens, HEADS, 8])];
  const table = randn([HEADS, 2 * LONGEST + 1]);
  const rounded = [...values, table].map((x) => x.to('bfloat16'));
  return {
    inputs: () => rounded.map((x) => x.to({ dtype, copy: true }).requiresGrad_()) as Inputs,
    w: randn([tokens, HEADS, 8]).to('bfloat16').to(dtype),
  };
}

const lengthLists = {
  sorted: [2, 2, 9, 40, 70, 70, 130],
  unsorted: [70, 2, 130, 2, 9, 70, 40],
  'with buckets': [30, 3, 31, 29, 64, 61, 2, 33, 110, 99],
  'one token': [1],
};
const settings: Setting[] = [
  { biased: true },
  { biased: true, causal: true },
  { window: 0 },
  { window: 4 },
  { window: 4, causal: true },
  { window: 20 },
  { window: 20, causal: true },
  { window: 500 },
  { biased: true, window: 6 },
];
const cases = Object.entries(lengthLists).flatMap(([name, lengths]) =>
  settings.map((setting) => [name, JSON.stringify(setting), lengths, setting] as const),
);

test.each(cases)('%s %s: values and gradients', (_, __, lengths, setting) => {
  manualSeed(3);
  const tokens = lengths.reduce((a, b) => a + b, 0);
  const { inputs, w } = makeInputs(tokens, 'float64');
  const want = results(inputs(), w, (x) => reference(x, lengths, setting));
  const got = results(inputs(), w, (x) => packed(x, lengths, setting));
  got.forEach((values, i) => {
    expectClose(tensorOf(values, { dtype: 'float64' }), want[i] as NestedNumbers, 1e-10);
  });
});

// Half precision goes by buckets with padding: nothing of the padding may show, and no NaN come from it.
test.each(cases)('bfloat16 %s %s: close to float64', (_, __, lengths, setting) => {
  manualSeed(5);
  const tokens = lengths.reduce((a, b) => a + b, 0);
  const { inputs, w } = makeInputs(tokens, 'bfloat16');
  const widen = inputs().map((x) => x.detach().to('float64').requiresGrad_()) as Inputs;
  const want = results(widen, w.to('float64'), (x) => reference(x, lengths, setting));
  const got = results(inputs(), w, (x) => packed(x, lengths, setting));
  // Gradients of the table are sums over many pairs, rounded at each.
  got.slice(0, 4).forEach((values, i) => {
    expectClose(tensorOf(values, { dtype: 'float64' }), want[i] as NestedNumbers, 0.15);
  });
});

test('dropout with a bias or a window keeps the mean', () => {
  manualSeed(7);
  const q = randn([40, HEADS, 8]);
  const bias = randn([HEADS, 40, 40]);
  for (const options of [{ bias: () => bias }, { window: 3 }, { window: 17 }]) {
    const plain = packedAttention(q, q, q, [40], options);
    let sum = plain.mul(0);
    for (let i = 0; i < 300; i++) sum = sum.add(packedAttention(q, q, q, [40], { ...options, dropout: 0.3 }));
    expect(sum.div(300).sub(plain).abs().mean().item()).toBeLessThan(0.05);
  }
});

describe('what does not fit is a typed error', () => {
  const x = randn([6, HEADS, 8]);
  test.each([-1, 1.5, Number.NaN])('a window of %s', (window) => {
    expect(() => packedAttention(x, x, x, [6], { window })).toThrow(ArgumentError);
  });
  test('a bias of another length', () => {
    expect(() => packedAttention(x, x, x, [6], { bias: () => randn([HEADS, 5, 5]) })).toThrow(/shape|size/i);
  });
});

test('a truncated normal distribution', () => {
  manualSeed(1);
  const x = truncatedNormalInit(zeros([20_000]), { std: 0.5, cutoff: 1.5 });
  expect(Number(x.abs().max().item())).toBeLessThanOrEqual(0.75);
  expect(Number(x.mean().item())).toBeCloseTo(0, 2);
  // Standard deviation of N(0, 1) cut at ±1.5: √(1 − 2 · 1.5 · φ(1.5) / (2 Φ(1.5) − 1)) = 0.7427
  expect(Number(x.std().item())).toBeCloseTo(0.5 * 0.7427, 2);
});
