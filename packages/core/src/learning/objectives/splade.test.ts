import { readFileSync } from 'node:fs';
import { manualSeed, type NestedNumbers, randn, relu, scope, tensor } from '@ragwright/torch';
import '@ragwright/torch/vitest';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import { randomBatch, TinyEmbedding } from '../batches/towers.fixture.ts';
import { distillKl } from './distillKl.ts';
import { ObjectiveError } from './errors.ts';
import { embeddingForwardBackward } from './forwardBackward.ts';
import { batchFor, expectTrueGradients, rowsWith } from './golden.fixture.ts';
import { marginMse } from './marginMse.ts';
import { multipleNegativesRanking } from './multipleNegativesRanking.ts';
import { flops, regularizerFactor, type SpladeOptions, spladeLoss } from './splade.ts';
import type { EmbeddingObjective } from './types.ts';

// scripts/golden-sparse.py
const golden = JSON.parse(
  readFileSync(new URL('../../../golden/sparse/losses.json', import.meta.url), 'utf8'),
) as {
  readonly embeddings: readonly NestedNumbers[];
  readonly candidates: readonly (readonly number[])[];
  readonly cases: readonly {
    readonly inner: string;
    readonly innerOptions: object;
    readonly name: string;
    readonly options: SpladeOptions;
    readonly columns: number;
    readonly value: number;
    readonly gradients: readonly (readonly (readonly number[])[])[];
    readonly scored: boolean;
  }[];
};

const inners: Readonly<Record<string, (options: object) => EmbeddingObjective>> = {
  mnrl: multipleNegativesRanking,
  marginMse,
  distillKl,
};

test.each(golden.cases.map((one) => [`${one.inner}, ${one.name}, ${one.columns} columns`, one] as const))(
  'value and gradients as sentence-transformers: %s',
  (_, { inner, innerOptions, options, columns, value, gradients, scored }) => {
    const made = inners[inner]?.(innerOptions);
    const objective = spladeLoss(made, { queryWeight: 0, ...options });
    const scores = (row: number) => (golden.candidates[row] as number[]).slice(0, columns - 1);
    const batch = batchFor(rowsWith(4, columns - 2, scored ? scores : undefined));
    scope(() => {
      const leaves = golden.embeddings
        .slice(0, columns)
        .map((rows) => tensor(rows, { dtype: 'float64', requiresGrad: true }));
      const loss = objective.loss(leaves, batch);
      expect(Number(loss.item())).toBeCloseToNumber(value, 1e-8);
      loss.backward();
      for (const [i, leaf] of leaves.entries()) {
        const wanted = (gradients[i] as readonly (readonly number[])[]).flat();
        Array.from(leaf.grad?.data() ?? [], Number).forEach((slope, at) => {
          expect(slope, `column ${i} at ${at}`).toBeCloseToNumber(wanted[at] as number, 1e-8);
        });
      }
    });
  },
);

describe('FLOPS', () => {
  test('is the sum of the squares of the means', () => {
    scope(() => {
      const x = tensor([
        [2, 0, 0],
        [0, 4, 0],
      ]);
      expect(flops(x).item()).toBe(1 + 4);
      const y = tensor([
        [2, 1, 0],
        [0, 4, 0],
      ]);
      expect(flops(y, 1).item()).toBe(1 + 0.25); // the second row has one weight only
      expect(flops(y, 2).item()).toBe(0);
      expect(flops(tensor([[3, 4]])).item()).toBe(25);
    });
  });
});

describe('warm-up', () => {
  test('is quadratic over the first third, and full without a run', () => {
    expect([0, 1 / 6, 1 / 3, 1].map((done) => regularizerFactor(done, {}))).toEqual([0, 0.25, 1, 1]);
    expect(regularizerFactor(0.25, { shape: 'linear', ratio: 0.5 })).toBe(0.5);
    expect(regularizerFactor(0, { ratio: 0 })).toBe(1);
    scope(() => {
      manualSeed(1);
      const columns = [relu(randn([3, 5])), relu(randn([3, 5]))];
      const inner = multipleNegativesRanking({ similarity: 'dot', scale: 1 });
      const objective = spladeLoss(inner, { documentWeight: 2, queryWeight: 3 });
      const at = (progress?: number): number => {
        const batch = { ...batchFor(rowsWith(3)), ...(progress !== undefined && { progress }) };
        return Number(objective.loss(columns, batch).sub(inner.loss(columns, batch)).item());
      };
      expect(at(0)).toBe(0);
      expect(at()).toBeGreaterThan(0.1);
      expect(at(1 / 6)).toBeCloseTo(at() / 4, 4);
      expect(at(0.7)).toBeCloseTo(at(), 5);
    });
  });
});

test('gradients are the differences of the value', () => {
  manualSeed(5);
  const options = { documentWeight: 0.3, queryWeight: 0.4, documentThreshold: 2 };
  scope(() => {
    const columns = Array.from({ length: 3 }, () => relu(randn([3, 4], { dtype: 'float64' })).add(0.1));
    expectTrueGradients(spladeLoss(undefined, options), columns, batchFor(rowsWith(3, 1)));
  });
});

test('cached in pieces it has the gradients of one pass', () => {
  manualSeed(4);
  const model = new TinyEmbedding();
  const batch = { ...randomBatch({ rows: 5 }), progress: 0.2 };
  const objective = spladeLoss(undefined, { documentWeight: 0.5, queryWeight: 0.5 });
  const run = (tokensInMemory: number) => {
    const { loss, miniBatches } = embeddingForwardBackward({ model, objective, batch, tokensInMemory });
    const gradients = scope(() =>
      model.parameters().flatMap((p) => Array.from(p.grad?.data() ?? [], Number)),
    );
    model.zeroGrad();
    return { loss, gradients, miniBatches };
  };
  const whole = run(Number.POSITIVE_INFINITY);
  const cut = run(15);
  expect([whole.miniBatches, cut.miniBatches > 2]).toEqual([1, true]);
  expect(cut.loss).toBeCloseToNumber(whole.loss, 1e-5);
  cut.gradients.forEach((slope, i) => {
    expect(slope).toBeCloseToNumber(whole.gradients[i] as number, 1e-5);
  });
  model.dispose();
});

test('bad options, and batches from which the inner loss learns nothing, are typed errors', () => {
  expect(() => spladeLoss(undefined, { documentWeight: -1 })).toThrow(ConfigError);
  expect(() => spladeLoss(undefined, { warmup: { ratio: 2 } })).toThrow(/warmup.ratio/);
  scope(() => {
    const columns = [randn([1, 4]), randn([1, 4])];
    expect(() => spladeLoss().loss(columns, batchFor(rowsWith(1)))).toThrow(ObjectiveError);
  });
});

test('leaks nothing', () => {
  expect(() =>
    scope(() => {
      const columns = Array.from({ length: 3 }, () => relu(randn([3, 4])).requiresGrad_());
      spladeLoss(undefined, { documentThreshold: 1 })
        .loss(columns, batchFor(rowsWith(3, 1)))
        .backward();
    }),
  ).toLeakNothing();
});
