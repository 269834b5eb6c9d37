import { describe, expect, test } from 'vitest';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { backward, cat, manualSeed, ones, randn, scope, type Tensor } from '../index.ts';
import { type NestedNumbers, tensor } from '../tensor/index.ts';
import { packedAttention } from './attention.ts';
import { expectClose, expectGradients, type GoldenGradients, golden } from './golden.fixture.ts';
import { bucketByLength } from './lengthRuns.ts';
import { pack } from './packedBatch.ts';
import { applyRotary, rotaryAngles } from './rotary.ts';

interface Case extends GoldenGradients {
  readonly lengths: number[];
  readonly causal: boolean;
  readonly scale: number | null;
}

describe('packed attention equals attention on each sequence alone', () => {
  test.each(golden<Case[]>('attention'))('lengths $lengths, causal $causal, scale $scale', (want) => {
    const options = { causal: want.causal, ...(want.scale !== null && { scale: want.scale }) };
    expectGradients(
      want,
      ({ q, k, v }) => packedAttention(q as Tensor, k as Tensor, v as Tensor, want.lengths, options),
      {
        tolerance: 5e-6,
      },
    );
  });

  // Both sides of the length at which the CPU path changes from batched products to the fused kernel.
  test.each([
    ['sorted', [2, 2, 9, 40, 70, 70, 130], false],
    ['sorted causal', [2, 2, 9, 40, 70, 70, 130], true],
    ['unsorted', [70, 2, 130, 2, 9, 70, 40], false],
    ['unsorted causal', [70, 2, 130, 2, 9, 70, 40], true],
    ['buckets with padding', [30, 3, 31, 29, 64, 61, 2, 33, 110, 99], false],
    ['buckets with padding, causal', [30, 3, 31, 29, 64, 61, 2, 33, 110, 99], true],
    ['one length', [66, 66], false],
    ['one token', [1], false],
  ] as const)('%s: values and gradients', (_, lengths, causal) => {
    manualSeed(3);
    const tokens = lengths.reduce((a, b) => a + b, 0);
    const make = () => randn([tokens, 3, 8], { dtype: 'float64' }).requiresGrad_();
    const inputs: [Tensor, Tensor, Tensor] = [make(), make(), make()];
    const w = randn([tokens, 3, 8], { dtype: 'float64' });
    const gradients = (output: Tensor): NestedNumbers[] => {
      backward(output.mul(w).sum());
      const values = inputs.map((x) => (x.grad as Tensor).toArray() as NestedNumbers);
      for (const x of inputs) x.grad = null;
      return values;
    };
    const packed = packedAttention(...inputs, lengths, { causal });
    const got = gradients(packed);
    let start = 0;
    const alone = lengths.map((length) => {
      const part = (x: Tensor) => x.narrow(0, start, length).transpose(0, 1); // [heads, length, headDim]
      const [q, k, v] = inputs.map(part) as [Tensor, Tensor, Tensor];
      const scores = q.matmul(k.transpose(1, 2)).div(Math.sqrt(8));
      const later = ones([length, length], { dtype: 'bool' }).triu(1);
      const seen = causal ? scores.maskedFill(later, Number.NEGATIVE_INFINITY) : scores;
      const output = seen.softmax(-1).matmul(v).transpose(0, 1);
      backward(output.mul(w.narrow(0, start, length)).sum());
      start += length;
      return output.toArray();
    });
    expectClose(packed, alone.flat() as NestedNumbers, 1e-12);
    inputs.forEach((x, i) => {
      expectClose(x.grad as Tensor, got[i] as NestedNumbers, 1e-12);
    });
  });

  // Half precision takes the way by buckets: the rounding is its own, the padding must not show.
  test.each([
    ['two lengths', [20, 70], false],
    ['buckets with padding', [30, 3, 31, 29, 64, 61, 2, 33], false],
    ['buckets with padding, causal', [30, 3, 31, 29, 64, 61, 2, 33], true],
    ['sorted buckets, one without padding', [7, 7, 60, 61, 62], false],
  ] as const)('bfloat16 is close to float64: %s', (_, lengths, causal) => {
    manualSeed(5);
    const tokens = lengths.reduce((a, b) => a + b, 0);
    const [q, k, v, w] = [4, 2, 2, 4].map((heads) => randn([tokens, heads, 16]).to('bfloat16')) as [
      Tensor,
      Tensor,
      Tensor,
      Tensor,
    ];
    const run = (dtype: 'float64' | 'bfloat16'): NestedNumbers[] => {
      const leaves = [q, k, v].map((x) => x.to({ dtype, copy: true }).requiresGrad_()) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const output = packedAttention(...leaves, lengths, { causal });
      backward(output.mul(w.to(dtype)).sum());
      return [output, ...leaves.map((x) => x.grad as Tensor)].map((x) => x.toArray() as NestedNumbers);
    };
    const want = run('float64');
    run('bfloat16').forEach((got, i) => {
      expectClose(tensor(got), want[i] as NestedNumbers, 0.05);
    });
  });

  test('dropout drops weights, and keeps the mean', () => {
    manualSeed(5);
    const q = randn([64, 4, 8]);
    const v = randn([64, 4, 8]);
    const plain = packedAttention(q, q, v, [32, 32]);
    const dropped = packedAttention(q, q, v, [32, 32], { dropout: 0.5 });
    expect(dropped.sub(plain).abs().max().item()).toBeGreaterThan(0.01);
    const mean = scope(() => {
      let sum = plain.mul(0);
      for (let i = 0; i < 400; i++) sum = sum.add(packedAttention(q, q, v, [32, 32], { dropout: 0.5 }));
      return sum.div(400);
    });
    expect(mean.sub(plain).abs().mean().item()).toBeLessThan(0.05);
  });
});

describe('buckets', () => {
  test('take sequences of similar length, up to their share of padding', () => {
    const buckets = bucketByLength([10, 3, 9, 8, 3, 1], 0.15);
    expect(buckets).toEqual([
      { length: 10, sequences: [0, 2, 3] }, // 27 of 30 are real
      { length: 3, sequences: [1, 4] },
      { length: 1, sequences: [5] },
    ]);
    expect(bucketByLength([5, 4, 5], 0)).toEqual([
      { length: 5, sequences: [0, 2] },
      { length: 4, sequences: [1] },
    ]);
  });
});

describe('what does not fit is a typed error', () => {
  const x = randn([6, 4, 8]);
  const other = (shape: number[]): Tensor => randn(shape);
  test.each<[string, () => unknown, typeof ArgumentError]>([
    ['lengths that do not sum up', () => packedAttention(x, x, x, [2, 3]), ShapeError],
    ['no lengths', () => packedAttention(x, x, x, []), ArgumentError],
    ['a length of 0', () => packedAttention(x, x, x, [6, 0]), ArgumentError],
    ['a negative length', () => packedAttention(x, x, x, [7, -1]), ArgumentError],
    ['two dimensions', () => packedAttention(other([6, 8]), x, x, [6]), ShapeError],
    ['other tokens', () => packedAttention(x, other([5, 4, 8]), other([5, 4, 8]), [6]), ShapeError],
    ['k unlike v', () => packedAttention(x, other([6, 2, 8]), x, [6]), ShapeError],
    ['heads no multiple', () => packedAttention(x, other([6, 3, 8]), other([6, 3, 8]), [6]), ShapeError],
    ['dtypes', () => packedAttention(x, x.to('float64'), x, [6]), DTypeError],
    ['dropout of 1', () => packedAttention(x, x, x, [6], { dropout: 1 }), ArgumentError],
    ['a scale of NaN', () => packedAttention(x, x, x, [6], { scale: Number.NaN }), ArgumentError],
  ])('%s', (_, run, type) => {
    expect(run).toThrow(type);
  });
});

describe('pack', () => {
  test('makes one stream', () => {
    const batch = pack([[5, 6, 7], [8]], { segmentIds: [[0, 1, 1], [0]] });
    expect(batch.tokens.toArray()).toEqual([5, 6, 7, 8]);
    expect(batch.positions.toArray()).toEqual([0, 1, 2, 0]);
    expect(batch.segmentIds?.toArray()).toEqual([0, 1, 1, 0]);
    expect(batch.cuSeqlens.toArray()).toEqual([0, 3, 4]);
    expect(batch.cuSeqlens.dtype).toBe('int32');
    expect(batch.tokenCount).toBe(4);
    expect(batch.max).toEqual({ token: 8, position: 2, segment: 1 });
  });
  test.each<[string, () => unknown]>([
    ['an empty batch', () => pack([])],
    ['an empty sequence', () => pack([[1], []])],
    ['a fraction', () => pack([[1.5]])],
    ['a negative id', () => pack([[-1]])],
    ['NaN', () => pack([[Number.NaN]])],
    ['too few segments', () => pack([[1, 2]], { segmentIds: [[0]] })],
    ['segments of other sequences', () => pack([[1], [2]], { segmentIds: [[0]] })],
    ['too many positions', () => pack([[1]], { positions: [[0, 1]] })],
  ])('%s is an ArgumentError', (_, run) => {
    expect(run).toThrow(ArgumentError);
  });
});

describe('rotary embeddings', () => {
  interface Rotary {
    readonly positions: number[];
    readonly base: number;
    readonly q: NestedNumbers;
    readonly k: NestedNumbers;
    readonly qRotated: NestedNumbers;
    readonly kRotated: NestedNumbers;
  }
  test('equal transformers', () => {
    const want = golden<Rotary>('rotary');
    const angles = rotaryAngles(tensor(want.positions, { dtype: 'int64' }), { headDim: 6, base: want.base });
    expectClose(applyRotary(tensor(want.q), angles), want.qRotated, 2e-6);
    expectClose(applyRotary(tensor(want.k), angles), want.kRotated, 2e-6);
    const rest = randn([...tensor(want.q).shape.slice(0, 2), 3]);
    const partial = applyRotary(cat([tensor(want.q), rest], -1), angles);
    expect(partial.equal(cat([applyRotary(tensor(want.q), angles), rest], -1))).toBe(true);
  });
  test.each([0, 3, 2.5])('a head of %s has no pairs', (headDim) => {
    expect(() => rotaryAngles(tensor([0], { dtype: 'int64' }), { headDim })).toThrow(ArgumentError);
  });
});
