import { manualSeed, memory, randn, scope, type Tensor, tensor } from '@ragwright/torch';
import '@ragwright/torch/vitest';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import { angle } from './angle.ts';
import { batchAllTriplet } from './batchAllTriplet.ts';
import { batchHardSoftMarginTriplet, batchHardTriplet } from './batchHardTriplet.ts';
import { batchSemiHardTriplet } from './batchSemiHardTriplet.ts';
import { contrastive } from './contrastive.ts';
import { cosent } from './cosent.ts';
import { cosineSimilarity } from './cosineSimilarity.ts';
import { distillKl } from './distillKl.ts';
import { ObjectiveError } from './errors.ts';
import { gist } from './gist.ts';
import { globalOrthogonalRegularization } from './globalOrthogonalRegularization.ts';
import { batchFor, expectGolden, expectTrueGradients, goldenCases, rowsWith } from './golden.fixture.ts';
import { awkward } from './learning.fixture.ts';
import { marginMse } from './marginMse.ts';
import { matryoshka } from './matryoshka.ts';
import { megaBatchMargin } from './megaBatchMargin.ts';
import { multipleNegativesRanking } from './multipleNegativesRanking.ts';
import { onlineContrastive } from './onlineContrastive.ts';
import { triplet } from './triplet.ts';
import type { EmbeddingObjective } from './types.ts';

/* What holds for every loss. What is special to one stands beside it. */

// biome-ignore lint/suspicious/noExplicitAny: options come from the golden file.
const factories: Readonly<Record<string, (options: any) => EmbeddingObjective>> = {
  mnrl: multipleNegativesRanking,
  gist,
  triplet,
  cosent,
  angle,
  marginMse,
  distillKl,
  contrastive,
  onlineContrastive,
  cosineSimilarity,
  megaBatchMargin,
  batchHardTriplet,
  batchHardSoftMarginTriplet,
  batchSemiHardTriplet,
  batchAllTriplet,
};

// biome-ignore lint/suspicious/noExplicitAny: as above.
const wrappers: Readonly<Record<string, (inner: EmbeddingObjective, options: any) => EmbeddingObjective>> = {
  matryoshka,
  globalOrthogonalRegularization,
};

describe.each([...Object.keys(factories), ...Object.keys(wrappers)])('%s', (loss) => {
  const cases = goldenCases(loss).map((one) => [`${one.name}, ${one.columns} columns`, one] as const);

  test('has golden cases', () => expect(cases.length).toBeGreaterThan(1));

  test.each(cases)('value and gradients as golden: %s', (_, one) => {
    const inner = factories[one.inner ?? loss]?.(one.inner ? {} : one.options) as EmbeddingObjective;
    expectGolden(wrappers[loss]?.(inner, one.options) ?? inner, one);
  });
});

interface Example {
  readonly objective: EmbeddingObjective;
  readonly columns: number;
  readonly scores?: (row: number) => number[];
  readonly label?: (row: number) => number;
  readonly guide?: boolean;
}

const examples: Readonly<Record<string, Example>> = {
  MultipleNegativesRanking: { objective: multipleNegativesRanking(), columns: 3 },
  'MultipleNegativesRanking, GTE': {
    objective: multipleNegativesRanking({
      directions: ['query_to_doc', 'query_to_query', 'doc_to_query', 'doc_to_doc'],
    }),
    columns: 3,
  },
  GIST: { objective: gist({ temperature: 0.1 }), columns: 3, guide: true },
  Triplet: { objective: triplet(), columns: 3 },
  'Triplet, manhattan': { objective: triplet({ distance: 'manhattan' }), columns: 3 },
  'Triplet, cosine': { objective: triplet({ distance: 'cosine', margin: 0.5 }), columns: 3 },
  CoSENT: { objective: cosent(), columns: 2, scores: (row) => [row % 3] },
  AnglE: { objective: angle(), columns: 2, scores: (row) => [row % 3] },
  'AnglE, negatives': { objective: angle({ labels: 'negatives' }), columns: 3 },
  MarginMSE: { objective: marginMse({ similarity: 'cosine' }), columns: 3, scores: (row) => [row, 0.5] },
  DistillKL: { objective: distillKl({ similarity: 'cosine' }), columns: 3, scores: (row) => [row, 0.5] },
  Contrastive: { objective: contrastive({ margin: 1 }), columns: 2, scores: (row) => [row % 2] },
  'Contrastive, euclidean': {
    objective: contrastive({ distance: 'euclidean', margin: 3 }),
    columns: 2,
    scores: (row) => [row % 2],
  },
  OnlineContrastive: { objective: onlineContrastive({ margin: 2 }), columns: 2, scores: (row) => [row % 2] },
  CosineSimilarity: { objective: cosineSimilarity(), columns: 2, scores: (row) => [row / 4] },
  MegaBatchMargin: { objective: megaBatchMargin({ negativeMargin: -0.5 }), columns: 3 },
  BatchHardTriplet: { objective: batchHardTriplet(), columns: 2, label: (row) => row % 2 },
  'BatchHardTriplet, manhattan': {
    objective: batchHardTriplet({ distance: 'manhattan' }),
    columns: 2,
    label: (row) => row % 2,
  },
  BatchHardSoftMarginTriplet: {
    objective: batchHardSoftMarginTriplet(),
    columns: 2,
    label: (row) => row % 2,
  },
  BatchSemiHardTriplet: { objective: batchSemiHardTriplet(), columns: 2, label: (row) => row % 2 },
  'BatchSemiHardTriplet, cosine': {
    objective: batchSemiHardTriplet({ distance: 'cosine', margin: 0.4 }),
    columns: 2,
    label: (row) => row % 2,
  },
  BatchAllTriplet: { objective: batchAllTriplet({ margin: 1 }), columns: 2, label: (row) => row % 2 },
  GlobalOrthogonalRegularization: {
    objective: globalOrthogonalRegularization(multipleNegativesRanking(), { secondMomentWeight: 3 }),
    columns: 3,
  },
  Matryoshka: { objective: matryoshka(multipleNegativesRanking(), { dims: [4, 2] }), columns: 3 },
};

const batchOf = ({ columns, scores, label, guide }: Example, rows: number) => ({
  ...batchFor(rowsWith(rows, columns - 2, scores, label)),
  ...(guide && { guide: Array.from({ length: columns }, () => randn([rows, 3])) }),
});

describe.each(Object.entries(examples))('%s', (_, example) => {
  const { objective, columns } = example;
  const embeddings = (rows: number, dtype: 'float32' | 'float64' | 'bfloat16' = 'float64'): Tensor[] =>
    Array.from({ length: columns }, () => randn([rows, 4], { dtype }));

  test('gradients are the differences of the value', () => {
    manualSeed(11);
    scope(() => expectTrueGradients(objective, embeddings(4), batchOf(example, 4)));
  });

  test('no NaN for zero, identical, opposite and huge vectors', () => {
    scope(() => {
      const { anchors, positives, negatives } = awkward();
      const leaves = [anchors, positives, negatives].slice(0, columns).map((x) => x.requiresGrad_());
      const loss = objective.loss(leaves, batchOf(example, 5));
      expect(Number.isFinite(loss.item())).toBe(true);
      loss.backward();
      for (const leaf of leaves) expect(leaf.grad?.isfinite().all().item()).toBe(true);
    });
  });

  test('half-precision embeddings give a float32 loss', () => {
    scope(() => expect(objective.loss(embeddings(4, 'bfloat16'), batchOf(example, 4)).dtype).toBe('float32'));
  });

  test('an empty batch, too few columns, and embeddings that do not fit are typed errors', () => {
    scope(() => {
      const none = Array.from({ length: columns }, () => tensor([], { dtype: 'float32' }).view([0, 4]));
      expect(() => objective.loss(none, batchOf(example, 0))).toThrow(ObjectiveError);
      expect(() => objective.loss(none, batchOf(example, 0))).toThrow(
        /rows: expected at least .*an empty batch/,
      );
      expect(() => objective.loss([], batchFor([]))).toThrow(ObjectiveError);
      expect(() => objective.loss([randn([3, 4])], batchOf(example, 3))).toThrow(/1 columns/);
      const uneven = [...embeddings(4).slice(1), randn([3, 4], { dtype: 'float64' })];
      expect(() => objective.loss(uneven, batchOf(example, 4))).toThrow(/in column/);
      expect(() => objective.loss(embeddings(3), batchOf(example, 4))).toThrow(/4 rows in the batch/);
    });
  });

  test('leaks nothing', () => {
    const batch = batchOf(example, 4);
    const run = () =>
      scope(() => {
        const leaves = embeddings(4).map((x) => x.requiresGrad_());
        objective.loss(leaves, batch).backward();
      });
    run();
    expect(run).toLeakNothing();
    expect(memory().liveTensors).toBeLessThan(1000);
    if ('guide' in batch) for (const column of batch.guide ?? []) column.dispose();
  });
});

describe('a batch of one', () => {
  test.each([
    ['MultipleNegativesRanking', multipleNegativesRanking(), undefined],
    ['GIST', gist(), undefined],
    ['CoSENT', cosent(), (): number[] => [1]],
    ['AnglE', angle(), (): number[] => [1]],
  ] as const)('%s needs two rows without hard negatives', (name, objective, scores) => {
    scope(() => {
      const run = () => objective.loss([randn([1, 4]), randn([1, 4])], batchFor(rowsWith(1, 0, scores)));
      expect(run).toThrow(`${name}: rows: expected at least 2 rows in the batch, got a batch of 1`);
    });
  });

  test.each(['MultipleNegativesRanking', 'GIST', 'Triplet', 'AnglE, negatives', 'MarginMSE', 'DistillKL'])(
    '%s learns from one row with a hard negative',
    (name) => {
      scope(() => {
        const example = examples[name] as Example;
        manualSeed(2);
        const leaves = Array.from({ length: 3 }, () => randn([1, 4]).requiresGrad_());
        const guide = [
          [1, 0],
          [1, 0.1],
          [0, 1],
        ].map((row) => tensor([row]));
        example.objective.loss(leaves, { ...batchOf(example, 1), guide }).backward();
        expect(Number(leaves[0]?.grad?.abs().sum().item())).toBeGreaterThan(0);
      });
    },
  );
});

test('scores that are missing, too few or not finite name row and field', () => {
  scope(() => {
    const three = Array.from({ length: 3 }, () => randn([2, 4]));
    const run = (scores: ((row: number) => number[]) | undefined) => () =>
      marginMse().loss(three, batchFor(rowsWith(2, 1, scores)));
    expect(run(undefined)).toThrow(
      'MarginMSE: row 10, scores: expected 2 scores, of the positive and each hard negative, got none',
    );
    expect(run((row) => (row === 0 ? [1, 2] : [1]))).toThrow('row 11, scores: expected 2 scores');
    expect(run((row) => [1, row === 0 ? 0 : Number.NaN])).toThrow(
      'row 11, scores: expected 2 scores, of the positive and each hard negative, got NaN',
    );
    expect(() => cosent().loss(three, batchFor(rowsWith(2, 1)))).toThrow(/would not look at them/);
  });
});

test('options that cannot be are listed together', () => {
  const problems = (run: () => unknown): string[] => {
    try {
      run();
    } catch (error) {
      if (error instanceof ConfigError) return error.problems.map(({ field }) => field);
    }
    return [];
  };
  const bad = {
    scale: 0,
    similarity: 'l2',
    directions: ['doc_to_doc'],
    hardness: { mode: 'x', strength: -1 },
    extra: 1,
  };
  expect(problems(() => multipleNegativesRanking(bad as never)).sort()).toEqual([
    'directions',
    'extra',
    'hardness.mode',
    'hardness.strength',
    'scale',
    'similarity',
  ]);
  expect(
    problems(() =>
      multipleNegativesRanking({ directions: ['query_to_doc', 'doc_to_doc'], partition: 'per_direction' }),
    ),
  ).toEqual(['partition']);
  expect(problems(() => gist({ temperature: -1, margin: Number.NaN }))).toEqual(['temperature', 'margin']);
  expect(problems(() => triplet({ distance: 'dot' as never, margin: -1 }))).toEqual(['distance', 'margin']);
  expect(problems(() => matryoshka(triplet(), { dims: [8, 0, 8] }))).toEqual(['dims.1', 'dims']);
  expect(problems(() => matryoshka(triplet(), { dims: [8, 4], weights: [1], dimsPerStep: 4 }))).toEqual([
    'weights',
    'dimsPerStep',
  ]);
  expect(problems(() => matryoshka(triplet(), {} as never))).toEqual(['dims']);
  expect(problems(() => cosent({ scale: Number.POSITIVE_INFINITY }))).toEqual(['scale']);
  expect(problems(() => contrastive({ margin: -1, distance: 'dot' as never }))).toEqual([
    'distance',
    'margin',
  ]);
  expect(problems(() => megaBatchMargin({ positiveMargin: 2 }))).toEqual(['positiveMargin']);
  expect(problems(() => megaBatchMargin({ positiveMargin: 0.1 }))).toEqual(['negativeMargin']);
  expect(problems(() => batchHardSoftMarginTriplet({ margin: 1 } as never))).toEqual(['margin']);
  expect(problems(() => batchAllTriplet({ margin: Number.NaN }))).toEqual(['margin']);
  expect(problems(() => cosineSimilarity({ scale: 1 } as never))).toEqual(['scale']);
  expect(
    problems(() => globalOrthogonalRegularization(triplet(), { meanWeight: 0, secondMomentWeight: 0 })),
  ).toEqual(['meanWeight']);
  expect(problems(() => angle({ labels: 'x' as never }))).toEqual(['labels']);
  expect(problems(() => distillKl({ temperature: 0 }))).toContain('temperature');
  expect(problems(() => marginMse({ similarity: 'x' as never }))).toEqual(['similarity']);
});
