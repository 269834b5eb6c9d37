import { describe, expect, test } from 'vitest';
import { ArgumentError } from '../errors.ts';
import { scope } from '../memory/index.ts';
import { cat, randn } from '../ops/index.ts';
import { manualSeed } from '../random/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import '../vitest/index.ts';
import { packedAttention } from './attention.ts';
import { pack } from './packedBatch.ts';
import { sortByLength } from './sortByLength.ts';

const heads = 2;
const headDim = 4;
const lengths = [3, 7, 3, 1, 7];
const attended = [2, 7, 3, 1, 4];
const tokens = lengths.reduce((sum, length) => sum + length, 0);
const made = (): Tensor => randn([tokens, heads, headDim], { dtype: 'float64' });

/** softmax(q·kᵀ / √headDim)·v of each sequence, over its first keys only. */
function formula(q: Tensor, k: Tensor, v: Tensor): Tensor {
  let at = 0;
  const rows = lengths.map((length, i) => {
    const part = (x: Tensor, count: number) => x.narrow(0, at, count).transpose(0, 1);
    const keys = attended[i] as number;
    const scores = part(q, length).matmul(part(k, keys).transpose(1, 2)).div(Math.sqrt(headDim));
    const out = scores.softmax(-1).matmul(part(v, keys)).transpose(0, 1);
    at += length;
    return out;
  });
  return cat(rows, 0);
}

describe('attention to the first tokens of each sequence', () => {
  test('is the formula, gradients too', () => {
    manualSeed(1);
    scope(() => {
      const [a, b] = [0, 1].map(() => [made(), made(), made()]) as [Tensor[], Tensor[]];
      const leaves = a.map((x) => x.requiresGrad_());
      const copies = leaves.map((x) => x.detach().clone().requiresGrad_());
      const actual = packedAttention(...(leaves as [Tensor, Tensor, Tensor]), { lengths, attended });
      const expected = formula(...(copies as [Tensor, Tensor, Tensor]));
      expect(Number(actual.sub(expected).abs().max().item())).toBeLessThan(1e-12);
      const weights = b[0] as Tensor;
      actual.mul(weights).sum().backward();
      expected.mul(weights).sum().backward();
      for (const [i, leaf] of leaves.entries()) {
        expect(
          Number(
            leaf.grad
              ?.sub(copies[i]?.grad as Tensor)
              .abs()
              .max()
              .item(),
          ),
        ).toBeLessThan(1e-12);
      }
      const all = packedAttention(...(leaves as [Tensor, Tensor, Tensor]), lengths);
      expect(Number(actual.sub(all).abs().max().item())).toBeGreaterThan(0.01);
    });
  });

  test('in float32 and bfloat16 it comes close', () => {
    manualSeed(2);
    scope(() => {
      const qkv = [made(), made(), made()] as const;
      const expected = formula(...qkv);
      for (const [dtype, tolerance] of [
        ['float32', 1e-5],
        ['bfloat16', 0.05],
      ] as const) {
        const [q, k, v] = qkv.map((x) => x.to(dtype)) as [Tensor, Tensor, Tensor];
        const actual = packedAttention(q, k, v, { lengths, attended }).to('float64');
        expect(Number(actual.sub(expected).abs().max().item()), dtype).toBeLessThan(tolerance);
      }
    });
  });

  test('not causal, and leaks nothing', () => {
    scope(() => {
      const run = () => packedAttention(made(), made(), made(), { lengths, attended }, { causal: true });
      expect(run).toThrow(ArgumentError);
    });
    expect(() =>
      scope(() => void packedAttention(made(), made(), made(), { lengths, attended })),
    ).toLeakNothing();
  });
});

describe('a packed batch', () => {
  const sequences = [[1, 2, 3], [4], [5, 6]];

  test('carries what is attended to, through sorting too', () => {
    using batch = pack(sequences, { attended: [2, 1, 2] });
    expect(batch.attended).toEqual([2, 1, 2]);
    const sorted = sortByLength(pack([[1, 2], [3], [4, 5]], { attended: [1, 1, 2] }));
    expect([sorted.batch.lengths, sorted.batch.attended]).toEqual([
      [1, 2, 2],
      [1, 1, 2],
    ]);
    sorted.dispose();
    using all = pack(sequences, { attended: [3, 1, 2] });
    expect(all.attended).toBeUndefined();
  });

  test.each([[[4, 1, 2]], [[0, 1, 2]], [[1, 1]], [[1, 1, 1, 1]], [[1.5, 1, 1]]])('%j is refused', (bad) => {
    expect(() => pack(sequences, { attended: bad })).toThrow(ArgumentError);
  });
});
