import { backward, cat, manualSeed, noGrad, randn, rngState, scope, type Tensor } from '@ragwright/torch';
import '@ragwright/torch/vitest';
import { afterEach, describe, expect, test } from 'vitest';
import { embedMiniBatch } from '../batches/embedMiniBatch.ts';
import { miniBatches } from '../batches/miniBatches.ts';
import {
  gradientsOf,
  largestDifference,
  magnitude,
  randomBatch,
  TinyEmbedding,
} from '../batches/towers.fixture.ts';
import type { EmbeddingBatch, MiniBatch } from '../batches/types.ts';
import { angle } from './angle.ts';
import { batchAllTriplet } from './batchAllTriplet.ts';
import { batchHardSoftMarginTriplet, batchHardTriplet } from './batchHardTriplet.ts';
import { batchSemiHardTriplet } from './batchSemiHardTriplet.ts';
import { columnsIn, forwardBackwardCached, sizeOf } from './cached.ts';
import { inverseOrder, pick } from './cachedPass.ts';
import { contrastive } from './contrastive.ts';
import { cosent } from './cosent.ts';
import { cosineSimilarity } from './cosineSimilarity.ts';
import { distillKl } from './distillKl.ts';
import { ObjectiveError } from './errors.ts';
import { gist } from './gist.ts';
import { globalOrthogonalRegularization } from './globalOrthogonalRegularization.ts';
import { marginMse } from './marginMse.ts';
import { matryoshka } from './matryoshka.ts';
import { megaBatchMargin } from './megaBatchMargin.ts';
import { multipleNegativesRanking } from './multipleNegativesRanking.ts';
import { onlineContrastive } from './onlineContrastive.ts';
import { triplet } from './triplet.ts';
import type { EmbeddingObjective } from './types.ts';

const models: TinyEmbedding[] = [];
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

function newModel(dropout = 0): TinyEmbedding {
  manualSeed(9);
  const model = new TinyEmbedding({ dropout });
  models.push(model);
  return model;
}

interface Pass {
  readonly loss: number;
  readonly gradients: ReadonlyMap<string, Float64Array>;
}

function cachedPass(
  model: TinyEmbedding,
  objective: EmbeddingObjective,
  batch: EmbeddingBatch,
  cuts: readonly MiniBatch[],
): Pass {
  model.zeroGrad();
  const embed = (cut: MiniBatch) => embedMiniBatch(model, cut);
  const loss = forwardBackwardCached({ embed, objective, batch, miniBatches: cuts });
  return { loss, gradients: gradientsOf(model) };
}

/** All mini-batches recorded at once: what the cached pass must equal, with the same dropout masks too. */
function plainPass(
  model: TinyEmbedding,
  objective: EmbeddingObjective,
  batch: EmbeddingBatch,
  cuts: readonly MiniBatch[],
): Pass {
  model.zeroGrad();
  const loss = scope(() => {
    const pieces = cuts.map((cut) => embedMiniBatch(model, cut));
    const embeddings = pick(cat(pieces, 0), inverseOrder('test', sizeOf(batch), cuts));
    const value = objective.loss(columnsIn(embeddings, batch), batch);
    backward(value);
    return Number(value.item());
  });
  return { loss, gradients: gradientsOf(model) };
}

const two = (row: number): number[] => [row % 4, 1];
type Scores = (row: number) => number[];
const cases: [string, EmbeddingObjective, number, Scores | undefined][] = [
  ['MultipleNegativesRanking', multipleNegativesRanking(), 3, undefined],
  [
    'MultipleNegativesRanking, GTE with hardness',
    multipleNegativesRanking({
      directions: ['query_to_doc', 'query_to_query', 'doc_to_query', 'doc_to_doc'],
      hardness: { mode: 'all', strength: 5 },
    }),
    4,
    undefined,
  ],
  ['GIST', gist({ temperature: 0.1 }), 3, undefined],
  ['Triplet', triplet(), 3, undefined],
  ['CoSENT', cosent(), 2, (row) => [row % 4]],
  ['AnglE', angle({ labels: 'negatives', scale: 3 }), 3, undefined],
  ['MarginMSE', marginMse(), 3, two],
  ['DistillKL', distillKl(), 3, two],
  ['Contrastive', contrastive(), 2, (row) => [row % 2]],
  ['OnlineContrastive', onlineContrastive(), 2, (row) => [row % 2]],
  ['CosineSimilarity', cosineSimilarity(), 2, (row) => [row / 12]],
  ['MegaBatchMargin', megaBatchMargin(), 3, undefined],
  ['BatchHardTriplet', batchHardTriplet(), 2, undefined],
  ['BatchHardSoftMarginTriplet', batchHardSoftMarginTriplet(), 2, undefined],
  ['BatchSemiHardTriplet', batchSemiHardTriplet(), 2, undefined],
  ['BatchAllTriplet', batchAllTriplet({ margin: 0.1 }), 2, undefined],
  [
    'GlobalOrthogonalRegularization',
    globalOrthogonalRegularization(multipleNegativesRanking()),
    3,
    undefined,
  ],
  ['Matryoshka', matryoshka(multipleNegativesRanking(), { dims: [8, 4] }), 3, undefined],
  [
    'Matryoshka, drawn',
    matryoshka(multipleNegativesRanking(), { dims: [8, 4, 2], dimsPerStep: 1 }),
    3,
    undefined,
  ],
];

describe.each(cases)('%s', (_, objective, columns, scores) => {
  const plain = randomBatch({ rows: 12, columns, ...(scores && { scores }) });
  const withGuide = (): EmbeddingBatch => {
    manualSeed(4);
    return { ...plain, guide: Array.from({ length: columns }, () => randn([12, 5])) };
  };

  test.each([200, 40, 10, 1])('%s tokens in memory: loss and gradients of the uncached pass', (tokens) => {
    scope(() => {
      const model = newModel();
      const batch = objective.needs.guide ? withGuide() : plain;
      const cuts = miniBatches(batch, tokens);
      manualSeed(33); // for losses that draw
      const want = plainPass(model, objective, batch, miniBatches(batch, Number.POSITIVE_INFINITY));
      manualSeed(33);
      const got = cachedPass(model, objective, batch, cuts);
      const size = Math.max(1, want.loss);
      expect(cuts.length).toBeGreaterThan(tokens === 200 ? 0 : 2);
      expect(Math.abs(got.loss - want.loss) / size).toBeLessThan(1e-6);
      expect(largestDifference(want.gradients, got.gradients)).toBeLessThan(1e-6 * magnitude(want.gradients));
      expect(
        largestDifference(
          want.gradients,
          new Map([...want.gradients].map(([name, x]) => [name, x.map(() => 0)])),
        ),
      ).toBeGreaterThan(1e-3);
    });
  });

  test('with dropout: the same masks both times', () => {
    scope(() => {
      const model = newModel(0.3);
      const batch = objective.needs.guide ? withGuide() : plain;
      const cuts = miniBatches(batch, 20);
      manualSeed(21);
      const want = plainPass(model, objective, batch, cuts);
      const after = rngState();
      manualSeed(21);
      const got = cachedPass(model, objective, batch, cuts);
      expect(got.loss).toBe(want.loss);
      expect(largestDifference(want.gradients, got.gradients)).toBeLessThan(1e-6 * magnitude(want.gradients));
      expect(rngState()).toEqual(after); // random numbers go on as after one pass

      manualSeed(22);
      expect(cachedPass(model, objective, batch, cuts).loss).not.toBe(want.loss);
    });
  });
});

const objective = multipleNegativesRanking();

test('gradients are added to those that are there', () => {
  const model = newModel();
  const batch = randomBatch({ rows: 6 });
  const cuts = miniBatches(batch, 20);
  const { gradients } = cachedPass(model, objective, batch, cuts);
  forwardBackwardCached({ embed: (cut) => embedMiniBatch(model, cut), objective, batch, miniBatches: cuts });
  const twice = new Map([...gradients].map(([name, values]) => [name, values.map((value) => 2 * value)]));
  expect(largestDifference(twice, gradientsOf(model))).toBeLessThan(1e-6);
});

test('leaks nothing, also when the model fails in the second pass', () => {
  const model = newModel(0.1);
  const batch = randomBatch({ rows: 8 });
  const cuts = miniBatches(batch, 20);
  const run = () => void cachedPass(model, objective, batch, cuts);
  run();
  expect(run).toLeakNothing();

  let calls = 0;
  const failing = (cut: MiniBatch): Tensor => {
    if (++calls % (cuts.length + 2) === 0) throw new RangeError('mine');
    return embedMiniBatch(model, cut);
  };
  const fail = () =>
    expect(() => forwardBackwardCached({ embed: failing, objective, batch, miniBatches: cuts })).toThrow(
      'mine',
    );
  model.zeroGrad();
  fail();
  expect(fail).toLeakNothing();
});

test('nothing to train, and mini-batches that miss a text, are typed errors', () => {
  const model = newModel();
  const batch = randomBatch({ rows: 6 });
  const cuts = miniBatches(batch, 20);
  const embed = (cut: MiniBatch) => embedMiniBatch(model, cut);
  const frozen = (cut: MiniBatch) => noGrad(() => embed(cut));
  const run = (step: Partial<Parameters<typeof forwardBackwardCached>[0]>) => () =>
    forwardBackwardCached({ embed, objective, batch, miniBatches: cuts, ...step });
  expect(run({ embed: frozen })).toThrow(ObjectiveError);
  expect(run({ embed: frozen })).toThrow(/trainable parameter.*frozen/);
  expect(run({ miniBatches: cuts.slice(1) })).toThrow('mini-batches with each of the 18 texts once');
  expect(run({ miniBatches: [...cuts, ...cuts] })).toThrow(ObjectiveError);
});
