import { manualSeed, randn, scope, type Tensor, tensor, zeros } from '@ragwright/torch';
import '@ragwright/torch/vitest';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../base/errors.ts';
import { ObjectiveError } from '../errors.ts';
import { expectSlopes } from '../slopes.fixture.ts';
import { makeRankingObjective, rankingObjectiveNames } from './byName.ts';
import { batchFor, expectGolden, goldenCases, listsWith } from './golden.fixture.ts';
import { rankingLosses } from './index.ts';
import type { RankingObjective } from './types.ts';

/* What holds for every loss. What is special to one stands below, or in its own test. */

describe.each(rankingObjectiveNames)('%s', (loss) => {
  const cases = goldenCases(loss).map((one) => [`${one.name} (${one.source})`, one] as const);

  test('has golden cases', () => expect(cases.length).toBeGreaterThan(2));

  test.each(cases)('value and gradient as golden: %s', (_, one) => expectGolden(one));
});

interface Example {
  readonly objective: RankingObjective;
  readonly labels: readonly (readonly number[])[];
  readonly outputs?: number;
}

const graded = [[3, 0, 1, 0, 1], [1, 0], [0], [0, 2, 2], [0, 0]];
const binary = [[1, 0, 0], [0, 1], [0], [1, 1, 0, 0]];
const teacher = [[2.5, -1, 0.3], [-7.25, 0.5], [3], [1, 1, 1.5, -2]];
const { lambda } = rankingLosses;

const examples: Readonly<Record<string, Example>> = {
  BinaryCrossEntropy: {
    objective: rankingLosses.binaryCrossEntropy({ positiveWeight: 3, smoothing: 0.1 }),
    labels: binary,
  },
  CrossEntropy: { objective: rankingLosses.crossEntropy(), labels: [[0, 2], [1]], outputs: 3 },
  ListNet: { objective: rankingLosses.listNet(), labels: graded },
  ListMLE: { objective: rankingLosses.listMle(), labels: graded },
  'ListMLE, given': { objective: rankingLosses.listMle({ order: 'given' }), labels: graded },
  'ListMLE, grouped': { objective: rankingLosses.listMle({ order: 'grouped' }), labels: graded },
  PListMLE: { objective: rankingLosses.pListMle(), labels: graded },
  RankNet: { objective: rankingLosses.rankNet(), labels: teacher },
  'Lambda, NDCGLoss2++': { objective: lambda(), labels: graded },
  'Lambda, NDCGLoss2, k 3': { objective: lambda({ scheme: 'NDCGLoss2', k: 3 }), labels: graded },
  'Lambda, NDCGLoss1': { objective: lambda({ scheme: 'NDCGLoss1' }), labels: graded },
  'Lambda, LambdaRank, sigmoid': {
    objective: lambda({ scheme: 'LambdaRank', activation: 'sigmoid' }),
    labels: graded,
  },
  'Lambda, none': { objective: lambda({ scheme: 'none' }), labels: graded },
  MarginMSE: { objective: rankingLosses.marginMse(), labels: teacher },
  'MSE, sigmoid': { objective: rankingLosses.mse({ activation: 'sigmoid' }), labels: binary },
  ADRMSE: { objective: rankingLosses.adrMse(), labels: teacher },
  DistillKL: { objective: rankingLosses.distillKl({ temperature: 2 }), labels: teacher },
  MultipleNegativesRanking: { objective: rankingLosses.multipleNegativesRanking(), labels: binary },
};

describe.each(Object.entries(examples))('%s', (_, { objective, labels, outputs = 1 }) => {
  const documents = labels.flat().length;
  const lists = listsWith(labels);
  const logits = (options: object = { dtype: 'float64' }): Tensor => randn([documents, outputs], options);
  const lossOf = (given: Tensor, rows = lists): number =>
    scope(() => Number(objective.loss(given, batchFor(rows)).item()));

  test('gradients are the differences of the value', () => {
    manualSeed(11);
    scope(() => expectSlopes(([given]) => objective.loss(given as Tensor, batchFor(lists)), [logits()]));
  });

  test.each([80, 1e4])('no NaN for logits up to ±%d, and equal ones', (size) => {
    scope(() => {
      manualSeed(1);
      for (const given of [
        logits({ dtype: 'float32' }).sign().mul(size),
        logits({ dtype: 'float32' }).mul(size),
        zeros([documents, outputs]),
      ]) {
        const leaf = given.detach().requiresGrad_();
        const loss = objective.loss(leaf, batchFor(lists));
        expect(Number.isFinite(loss.item())).toBe(true);
        loss.backward();
        expect(leaf.grad?.isfinite().all().item()).toBe(true);
      }
    });
  });

  test('the order of the lists does not matter, nor what stands beside the shorter ones', () => {
    scope(() => {
      manualSeed(4);
      const given = logits();
      const starts = labels.map((_, i) => labels.slice(0, i).flat().length);
      const order = labels.map((_, i) => i).reverse();
      const places = order.flatMap((i) => (labels[i] as number[]).map((_, k) => (starts[i] as number) + k));
      const turned = given.indexSelect(0, tensor(places, { dtype: 'int64' }));
      const rows = order.map((i) => lists[i] as (typeof lists)[number]);
      expect(lossOf(turned, rows)).toBeCloseToNumber(lossOf(given), 1e-12);
    });
  });

  test('a batch twice over has the same loss', () => {
    scope(() => {
      const given = logits();
      expect(lossOf(given.repeat([2, 1]), [...lists, ...lists])).toBeCloseToNumber(lossOf(given), 1e-12);
    });
  });

  test('half-precision logits give a float32 loss', () => {
    scope(() => expect(objective.loss(logits({ dtype: 'bfloat16' }), batchFor(lists)).dtype).toBe('float32'));
  });

  test('an empty batch and logits that do not fit are typed errors', () => {
    scope(() => {
      const run = (shape: number[], rows = lists) => {
        return () => objective.loss(zeros(shape), batchFor(rows));
      };
      expect(run([0, outputs], [])).toThrow(ObjectiveError);
      expect(run([0, outputs], [])).toThrow(/rows: expected a list with .*, got an empty batch/);
      expect(run([documents - 1, outputs])).toThrow(/expected logits .* got \[/);
      expect(run([documents, outputs === 1 ? 2 : 1])).toThrow(ObjectiveError);
      expect(run([documents])).toThrow(ObjectiveError);
    });
  });

  test('leaks nothing', () => {
    const run = () => scope(() => objective.loss(logits().requiresGrad_(), batchFor(lists)).backward());
    run();
    expect(run).toLeakNothing();
  });
});

/** Loss and gradient of some lists. */
function evaluate(
  objective: RankingObjective,
  labels: readonly (readonly number[])[],
  logits: readonly number[],
): { readonly loss: number; readonly gradient: number[] } {
  return scope(() => {
    const leaf = tensor(logits, { dtype: 'float64' }).view([-1, 1]).requiresGrad_();
    const loss = objective.loss(leaf, batchFor(listsWith(labels)));
    loss.backward();
    return { loss: Number(loss.item()), gradient: Array.from(leaf.grad?.data() ?? [], Number) };
  });
}

describe('lists that teach nothing', () => {
  const contrasted = ['ListMLE', 'PListMLE', 'RankNet', 'Lambda'] as const;
  const inLists = [...contrasted, 'ListNet', 'MarginMSE', 'ADRMSE', 'DistillKL'] as const;

  test.each(inLists)('%s leaves out a list of one document', (name) => {
    const objective = makeRankingObjective({ name });
    const alone = evaluate(objective, [[1, 0, 2]], [0.5, 1, -1]);
    const beside = evaluate(objective, [[1], [1, 0, 2], [0]], [7, 0.5, 1, -1, -3]);
    expect(beside.loss).toBeCloseToNumber(alone.loss, 1e-12);
    expect(beside.gradient).toEqual([0, ...alone.gradient, 0]);
    expect(() => evaluate(objective, [[1], [0]], [1, 2])).toThrow(
      /expected a list with at least 2 documents.*, got none in a batch of 2/,
    );
  });

  test.each(contrasted)('%s leaves out a list of equal labels, and a batch of them is an error', (name) => {
    const objective = makeRankingObjective({ name });
    const alone = evaluate(objective, [[0, 1, 0]], [0.5, 1, -1]);
    const beside = evaluate(
      objective,
      [
        [0, 0],
        [0, 1, 0],
        [2, 2],
      ],
      [3, 7, 0.5, 1, -1, 2, -3],
    );
    expect(beside.loss).toBeCloseToNumber(alone.loss, 1e-12);
    expect(beside.gradient.slice(2, 5)).toEqual(alone.gradient);
    expect([...beside.gradient.slice(0, 2), ...beside.gradient.slice(5)]).toEqual([0, 0, 0, 0]);
    expect(() => evaluate(objective, [[0, 0, 0]], [1, 2, 3])).toThrow(
      'expected a list with at least 2 documents and two different labels, got none in a batch of 1',
    );
  });

  test.each(['ListNet', 'ADRMSE'] as const)('%s draws documents with equal labels together', (name) => {
    const { gradient } = evaluate(makeRankingObjective({ name }), [[0, 0]], [1, -1]);
    expect(gradient[0]).toBeGreaterThan(0);
    expect(gradient[1]).toBeLessThan(0);
  });

  test('where k leaves no pair, the loss is 0, and nothing is an error', () => {
    const { loss, gradient } = evaluate(rankingLosses.lambda({ k: 2 }), [[0, 0, 1]], [3, 2, 1]);
    expect([loss, ...gradient].map(Math.abs)).toEqual([0, 0, 0, 0]);
  });
});

describe('ties', () => {
  test('ListMLE: equal labels keep the order in which they come', () => {
    const sorted = evaluate(rankingLosses.listMle({ order: 'given' }), [[0, 0, 0, 0]], [1, 0.5, 3, -2]);
    const tied = evaluate(rankingLosses.listMle(), [[0, 2, 0, 2]], [3, 1, -2, 0.5]);
    expect(tied.loss).toBeCloseToNumber(sorted.loss, 1e-12);
  });

  test.each(['ListMLE', 'PListMLE'] as const)(
    '%s, grouped: the order in which equal ones come is nothing',
    (name) => {
      const grouped = makeRankingObjective({ name, order: 'grouped' });
      const one = evaluate(grouped, [[0, 2, 0, 2]], [3, 1, -2, 0.5]);
      const other = evaluate(grouped, [[2, 0, 2, 0]], [0.5, -2, 1, 3]);
      expect(other.loss).toBeCloseToNumber(one.loss, 1e-12);
      const { gradient } = evaluate(grouped, [[1, 0, 0, 0]], [0, 0, 0, 0]);
      expect(gradient[1]).toBeGreaterThan(0);
      expect(gradient[1]).toBeCloseToNumber(gradient[3] as number, 1e-12);
    },
  );

  test('pairwise losses leave pairs of equal labels alone', () => {
    const { gradient } = evaluate(rankingLosses.rankNet(), [[1, 0, 0]], [0, 5, 5]);
    expect(gradient[1]).toBe(gradient[2]);
    expect(gradient[0]).toBeLessThan(0);
  });

  test("a teacher's scores that float32 cannot tell apart are in order", () => {
    const labels = [[1, 1 + 1e-12]];
    const { gradient } = evaluate(rankingLosses.rankNet(), labels, [0, 0]);
    expect(gradient[1]).toBeLessThan(0);
  });
});

test('a pair in quite the wrong order has the largest gradient', () => {
  const slope = (gap: number) =>
    Math.abs(evaluate(rankingLosses.lambda(), [[1, 0]], [-gap, 0]).gradient[0] as number);
  // sentence-transformers clamps both to 0.
  expect(slope(100)).toBeGreaterThanOrEqual(slope(10));
  expect(slope(10)).toBeGreaterThan(slope(1));
  expect(slope(1)).toBeGreaterThan(slope(-1));
});

test('long lists of position-aware ListMLE do not overflow', () => {
  const labels = Array.from({ length: 1500 }, (_, i) => 1500 - i);
  const { loss, gradient } = evaluate(
    rankingLosses.pListMle(),
    [labels],
    labels.map(() => 0),
  );
  expect(loss).toBeGreaterThan(7);
  expect(loss).toBeLessThan(Math.log(1500));
  expect(gradient.every(Number.isFinite)).toBe(true);
});

test('options that cannot be are listed together', () => {
  const problems = (name: string, options: object): string[] => {
    try {
      makeRankingObjective({ name, ...options } as never);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems.map(({ field }) => field).sort();
    }
    return [];
  };
  expect(problems('Hinge', {})).toEqual(['name']);
  expect(problems('BinaryCrossEntropy', { positiveWeight: 0, smoothing: 1, x: 1 })).toEqual([
    'positiveWeight',
    'smoothing',
    'x',
  ]);
  expect(problems('CrossEntropy', { smoothing: -1 })).toEqual(['smoothing']);
  expect(problems('ListNet', { activation: 'tanh' })).toEqual(['activation']);
  expect(problems('ListMLE', { order: 'x', weighting: 'none' })).toEqual(['order', 'weighting']);
  expect(problems('PListMLE', { weighting: 'x' })).toEqual(['weighting']);
  expect(problems('RankNet', { k: 0, sigma: 0, log: 'x', mu: 1 })).toEqual(['k', 'log', 'mu', 'sigma']);
  expect(problems('Lambda', { scheme: 'x', mu: -1, k: 1.5 })).toEqual(['k', 'mu', 'scheme']);
  expect(problems('MarginMSE', { activation: 1 })).toEqual(['activation']);
  expect(problems('MSE', { activation: 1 })).toEqual(['activation']);
  expect(problems('ADRMSE', { alpha: 0 })).toEqual(['alpha']);
  expect(problems('DistillKL', { temperature: 0, studentTemperature: -1 })).toEqual([
    'studentTemperature',
    'temperature',
  ]);
  expect(problems('MultipleNegativesRanking', { scale: 0, negatives: 1.5 })).toEqual(['negatives', 'scale']);
});

test('names and settings are those of the record', () => {
  for (const name of rankingObjectiveNames) expect(makeRankingObjective({ name }).name).toBe(name);
  expect(makeRankingObjective({ name: 'Lambda', k: 10 }).settings).toEqual({
    scheme: 'NDCGLoss2++',
    mu: 10,
    k: 10,
    sigma: 1,
    log: 'binary',
    activation: 'identity',
  });
});
