import { readFileSync } from 'node:fs';
import { manualSeed, type NestedNumbers, randn, scope, type Tensor, tensor } from '@ragwright/torch';
import '@ragwright/torch/vitest';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../base/errors.ts';
import type { TokenVectors } from '../../../models/multivector/index.ts';
import { TinyTokens } from '../../batches/tokens.fixture.ts';
import { randomBatch } from '../../batches/towers.fixture.ts';
import { ObjectiveError } from '../errors.ts';
import { batchFor, rowsWith } from '../golden.fixture.ts';
import {
  type MultiVectorObjective,
  maxSimMatrix,
  maxSimPairs,
  multiVectorDistillKl,
  multiVectorForwardBackward,
  multiVectorMarginMse,
  multiVectorNegativesRanking,
} from './index.ts';

// scripts/golden-multivector.py
const golden = JSON.parse(
  readFileSync(new URL('../../../../golden/multivector/losses.json', import.meta.url), 'utf8'),
) as {
  readonly lengths: readonly (readonly number[])[];
  readonly columns: readonly (readonly (readonly number[])[])[];
  readonly candidates: readonly (readonly number[])[];
  readonly cases: readonly {
    readonly loss: string;
    readonly name: string;
    readonly options: object;
    readonly columns: number;
    readonly scored: boolean;
    readonly value: number;
    readonly gradients: readonly (readonly (readonly number[])[])[];
  }[];
};

const factories: Readonly<Record<string, (options?: object) => MultiVectorObjective>> = {
  mnrl: multiVectorNegativesRanking,
  distillKl: multiVectorDistillKl,
  marginMse: multiVectorMarginMse,
};

const leavesOf = (columns: number): TokenVectors[] =>
  golden.columns.slice(0, columns).map((rows, i) => ({
    vectors: tensor(rows as NestedNumbers, { dtype: 'float64', requiresGrad: true }),
    lengths: golden.lengths[i] as readonly number[],
  }));

const batchWith = (columns: number, scored: boolean) => {
  const scores = (row: number) => (golden.candidates[row] as number[]).slice(0, columns - 1);
  return batchFor(rowsWith(4, columns - 2, scored ? scores : undefined));
};

test.each(golden.cases.map((one) => [`${one.loss}, ${one.name}, ${one.columns} columns`, one] as const))(
  'value and gradients as sentence-transformers: %s',
  (_, { loss, options, columns, scored, value, gradients }) => {
    scope(() => {
      const leaves = leavesOf(columns);
      const result = (factories[loss] as (typeof factories)[string])(options).loss(
        leaves,
        batchWith(columns, scored),
      );
      // Its scores are float32 whatever the vectors are.
      expect(Number(result.item())).toBeCloseToNumber(value, 1e-6);
      result.backward();
      for (const [i, { vectors }] of leaves.entries()) {
        const wanted = (gradients[i] as readonly (readonly number[])[]).flat();
        Array.from(vectors.grad?.data() ?? [], Number).forEach((slope, at) => {
          expect(slope, `column ${i} at ${at}`).toBeCloseToNumber(wanted[at] as number, 2e-6);
        });
      }
    });
  },
);

describe('MaxSim', () => {
  const queries = (): TokenVectors => ({
    vectors: tensor([
      [1, 0],
      [0, 1],
      [-1, 0],
    ]),
    lengths: [2, 1],
  });
  const documents = (): TokenVectors => ({
    vectors: tensor([
      [0.5, 0],
      [0, 0.25],
      [-1, -1],
      [2, 2],
    ]),
    lengths: [2, 1, 1],
  });

  test('is the sum over the query of the largest product, by hand', () => {
    scope(() => {
      const scores = maxSimMatrix(queries(), documents(), 'maxsim').toArray();
      expect(scores).toEqual([
        [0.75, -2, 4],
        [0, 1, -2],
      ]);
      expect(maxSimMatrix(queries(), documents(), 'meanmaxsim').toArray()).toEqual([
        [0.375, -1, 2],
        [0, 1, -2],
      ]);
      const own = { vectors: documents().vectors.narrow(0, 0, 3), lengths: [2, 1] };
      expect(maxSimPairs(queries(), own, 'maxsim').toArray()).toEqual([0.75, 1]);
      expect(maxSimPairs(queries(), own, 'meanmaxsim').toArray()).toEqual([0.375, 1]);
    });
  });

  test('a tie between two tokens of a document gives a gradient to one of them', () => {
    scope(() => {
      const vectors = tensor([
        [1, 0],
        [1, 0],
      ]).requiresGrad_();
      const query = { vectors: tensor([[1, 0]]), lengths: [1] };
      maxSimPairs(query, { vectors, lengths: [2] }, 'maxsim')
        .sum()
        .backward();
      expect(Number(vectors.grad?.sum().item())).toBe(1);
    });
  });
});

const examples: Readonly<
  Record<string, { objective: MultiVectorObjective; columns: number; scored: boolean }>
> = {
  MultiVectorNegativesRanking: { objective: multiVectorNegativesRanking(), columns: 3, scored: false },
  'MultiVectorNegativesRanking, mean': {
    objective: multiVectorNegativesRanking({ scale: 20, similarity: 'meanmaxsim' }),
    columns: 2,
    scored: false,
  },
  MultiVectorDistillKL: { objective: multiVectorDistillKl({ temperature: 2 }), columns: 3, scored: true },
  MultiVectorMarginMSE: { objective: multiVectorMarginMse(), columns: 4, scored: true },
};

describe.each(Object.entries(examples))('%s', (_, { objective, columns, scored }) => {
  test('gradients are the differences of the value', () => {
    scope(() => {
      const batch = batchWith(columns, scored);
      const leaves = leavesOf(columns);
      objective.loss(leaves, batch).backward();
      const h = 1e-6;
      const valueWith = (column: number, at: number, by: number): number =>
        scope(() => {
          const moved = leaves.map(({ vectors, lengths }, i) => {
            const values = Array.from(vectors.detach().data(), Number);
            if (i === column) values[at] = (values[at] as number) + by;
            return { vectors: tensor(values, { dtype: 'float64' }).view([...vectors.shape]), lengths };
          });
          return Number(objective.loss(moved, batch).item());
        });
      for (const [i, { vectors }] of leaves.entries()) {
        Array.from(vectors.grad?.data() ?? [], Number).forEach((slope, at) => {
          const measured = (valueWith(i, at, h) - valueWith(i, at, -h)) / (2 * h);
          expect(slope, `column ${i} at ${at}`).toBeCloseToNumber(measured, 2e-6);
        });
      }
    });
  });

  test('cached in pieces it has the gradients of one pass, with dropout too', () => {
    manualSeed(4);
    const model = new TinyTokens({ dropout: 0.3 });
    const batch = randomBatch({
      rows: 5,
      columns,
      ...(scored && { scores: (row) => [3, row, 1].slice(0, columns - 1) }),
    });
    const run = (tokensInMemory: number) => {
      manualSeed(9);
      const { loss, miniBatches } = multiVectorForwardBackward({ model, objective, batch, tokensInMemory });
      const gradients = scope(() =>
        model.parameters().flatMap((p) => Array.from(p.grad?.data() ?? [], Number)),
      );
      model.zeroGrad();
      return { loss, gradients, miniBatches };
    };
    model.eval();
    const whole = run(Number.POSITIVE_INFINITY);
    const cut = run(12);
    expect([whole.miniBatches, cut.miniBatches > 2]).toEqual([1, true]);
    expect(whole.gradients.some((slope) => Math.abs(slope) > 1e-3)).toBe(true);
    expect(cut.loss).toBeCloseToNumber(whole.loss, 1e-5);
    cut.gradients.forEach((slope, i) => {
      expect(slope).toBeCloseToNumber(whole.gradients[i] as number, 1e-4);
    });
    model.train();
    const seen: number[][] = [];
    const watched = {
      forward: (input: Parameters<TinyTokens['forward']>[0]) => {
        const made = model.forward(input);
        seen.push(Array.from(made.vectors.detach().data(), Number));
        return made;
      },
    };
    const { miniBatches } = multiVectorForwardBackward({
      model: watched,
      objective,
      batch,
      tokensInMemory: 12,
    });
    expect(seen.slice(0, miniBatches)).toEqual(seen.slice(miniBatches)); // the same masks in both passes
    model.zeroGrad();
    model.dispose();
  });

  test('empty batches, too few columns, and vectors that do not fit are typed errors', () => {
    scope(() => {
      const batch = batchWith(columns, scored);
      const good = leavesOf(columns);
      const wrong = (change: (first: TokenVectors) => TokenVectors) => () =>
        objective.loss([change(good[0] as TokenVectors), ...good.slice(1)], batch);
      expect(() => objective.loss([], batchFor([]))).toThrow(ObjectiveError);
      expect(() => objective.loss(good.slice(0, 1), batch)).toThrow(/1 columns/);
      const none = good.map(() => ({ vectors: randn([1, 5]).narrow(0, 0, 0), lengths: [] }));
      expect(() => objective.loss(none, batchFor([]))).toThrow(/an empty batch/);
      expect(wrong(({ vectors }) => ({ vectors, lengths: [3, 1, 4] }))).toThrow(/vectors of 4 texts, got 3/);
      expect(wrong(({ vectors }) => ({ vectors, lengths: [3, 1, 4, 1] }))).toThrow(
        /\[9,5\] in column 0, got \[10,5\]/,
      );
      expect(wrong(({ vectors }) => ({ vectors, lengths: [3, 0, 5, 2] }))).toThrow(
        /row 11: .*at least one vector/,
      );
    });
  });

  test('half precision gives a float32 loss; nothing leaks', () => {
    const run = () =>
      scope(() => {
        const half = leavesOf(columns).map(({ vectors, lengths }) => ({
          vectors: vectors.to('bfloat16'),
          lengths,
        }));
        const loss = objective.loss(half, batchWith(columns, scored));
        expect(loss.dtype).toBe('float32');
        loss.backward();
      });
    run();
    expect(run).toLeakNothing();
  });
});

test('a known positive of another row is no negative', () => {
  scope(() => {
    const columns = leavesOf(2);
    const batch = batchWith(2, false);
    const objective = multiVectorNegativesRanking();
    const flags = new Uint8Array(16);
    flags[0 * 4 + 2] = 1; // document 2 answers query 0
    const masked = objective.loss(columns, { ...batch, falseNegatives: flags });
    const [queries, documents] = columns as [TokenVectors, TokenVectors];
    const scores = maxSimMatrix(queries, documents, 'maxsim').toArray() as number[][];
    const mean =
      scores.reduce((sum, row, i) => {
        const rest = row.filter((_, j) => !(i === 0 && j === 2));
        return sum + Math.log(rest.reduce((z, x) => z + Math.exp(x), 0)) - (row[i] as number);
      }, 0) / 4;
    expect(Number(masked.item())).toBeCloseToNumber(mean, 1e-9);
  });
});

test('one row learns with a hard negative, and not without', () => {
  scope(() => {
    const texts = (): TokenVectors => ({ vectors: randn([2, 3]).requiresGrad_() as Tensor, lengths: [2] });
    expect(() => multiVectorNegativesRanking().loss([texts(), texts()], batchFor(rowsWith(1)))).toThrow(
      /at least 2 rows/,
    );
    const three = [texts(), texts(), texts()];
    multiVectorNegativesRanking()
      .loss(three, batchFor(rowsWith(1, 1)))
      .backward();
    expect(Number(three[0]?.vectors.grad?.abs().sum().item())).toBeGreaterThan(0);
  });
});

test('a frozen model and bad options are typed errors', () => {
  const model = new TinyTokens();
  model.freeze();
  const objective = multiVectorNegativesRanking();
  for (const tokensInMemory of [12, 1000])
    expect(() =>
      multiVectorForwardBackward({
        model,
        objective,
        batch: randomBatch({ rows: 3, columns: 2 }),
        tokensInMemory,
      }),
    ).toThrow(/all parameters are frozen/);
  model.dispose();
  expect(() => multiVectorNegativesRanking({ scale: 0 })).toThrow(ConfigError);
  expect(() => multiVectorDistillKl({ temperature: -1 })).toThrow(ConfigError);
  expect(() => multiVectorMarginMse({ similarity: 'cosine' as never })).toThrow(/similarity/);
});
