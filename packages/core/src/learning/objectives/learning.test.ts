import { randn, scope, stack, type Tensor, tensor } from '@ragwright/torch';
import { expect, test } from 'vitest';
import { angle, angleSimilarity } from './angle.ts';
import { batchAllTriplet } from './batchAllTriplet.ts';
import { batchHardSoftMarginTriplet, batchHardTriplet } from './batchHardTriplet.ts';
import { batchSemiHardTriplet } from './batchSemiHardTriplet.ts';
import { contrastive } from './contrastive.ts';
import { cosent } from './cosent.ts';
import { cosineSimilarity } from './cosineSimilarity.ts';
import { distillKl } from './distillKl.ts';
import { gist } from './gist.ts';
import { globalOrthogonalRegularization } from './globalOrthogonalRegularization.ts';
import { batchFor, rowsWith } from './golden.fixture.ts';
import { separation, trainTable } from './learning.fixture.ts';
import { marginMse } from './marginMse.ts';
import { matryoshka } from './matryoshka.ts';
import { megaBatchMargin } from './megaBatchMargin.ts';
import { multipleNegativesRanking } from './multipleNegativesRanking.ts';
import { onlineContrastive } from './onlineContrastive.ts';
import { similarityMatrix } from './similarity.ts';
import { triplet } from './triplet.ts';
import type { EmbeddingObjective } from './types.ts';

/* A few steps move the right vectors: positives above all other documents. */

const rows = 6;

test.each([
  ['MultipleNegativesRanking', multipleNegativesRanking(), 2],
  ['MultipleNegativesRanking with hard negatives', multipleNegativesRanking(), 3],
  [
    'MultipleNegativesRanking, symmetric',
    multipleNegativesRanking({ directions: ['query_to_doc', 'doc_to_query'], partition: 'per_direction' }),
    2,
  ],
  [
    'MultipleNegativesRanking, hardness',
    multipleNegativesRanking({ hardness: { mode: 'all', strength: 5 } }),
    3,
  ],
  ['Triplet', triplet({ distance: 'cosine', margin: 0.5 }), 3],
  ['MegaBatchMargin', megaBatchMargin(), 2],
  ['MegaBatchMargin with hard negatives', megaBatchMargin(), 3],
  [
    'GlobalOrthogonalRegularization',
    globalOrthogonalRegularization(multipleNegativesRanking(), { secondMomentWeight: 0.5 }),
    2,
  ],
  ['Matryoshka', matryoshka(multipleNegativesRanking(), { dims: [8, 4, 2] }), 2],
  ['Matryoshka, drawn', matryoshka(multipleNegativesRanking(), { dims: [8, 4, 2], dimsPerStep: 1 }), 2],
] as const)('%s lifts positives above the rest', (_, objective, columns) => {
  const { losses, before, after } = trainTable(objective, batchFor(rowsWith(rows, columns - 2)), { columns });
  expect(losses.at(-1)).toBeLessThan((losses[0] as number) * 0.6);
  expect(separation(after)).toBeGreaterThan(separation(before) + 0.3);
});

test('GIST leaves alone what its guide finds closer', () => {
  scope(() => {
    // To the guide, anchor 0 and document 1 are the same; everything else is unrelated.
    const axes = (order: readonly number[]) =>
      tensor(order.map((axis) => [0, 1, 2, 3].map((k) => +(k === axis))));
    const guide = [axes([0, 1, 2]), axes([0, 0, 2])];
    const batch = { ...batchFor(rowsWith(3)), guide };
    const { after } = trainTable(gist({ temperature: 0.05, contrastPositives: false }), batch, {
      columns: 2,
    });
    expect(after[1]?.[1]).toBeGreaterThan(0.5);
    const [first, second, third] = after as [number[], number[], number[]];
    expect(first[0]).toBeGreaterThan(first[2] as number);
    expect(second[1]).toBeGreaterThan(second[0] as number);
    expect(third[2]).toBeGreaterThan(third[0] as number);

    const gradient = (objective: ReturnType<typeof gist>) => {
      const documents = randn([3, 8]).requiresGrad_();
      const anchors = tensor([
        [1, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 0, 0, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0, 0, 0],
      ]);
      objective.loss([anchors.requiresGrad_(), documents], batch).backward();
      return anchors.grad?.select(0, 0);
    };
    expect(gradient(gist())?.isfinite().all().item()).toBe(true);
  });
});

const order = (values: readonly number[]): number[] =>
  values.map((_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number));

test.each([
  ['CoSENT', cosent(), undefined],
  ['AnglE', angle(), angles],
])('%s puts pairs into the order of their labels', (_, objective, similarity) => {
  const labels = [0.1, 0.9, 0.4, 0.7, 0.2, 0.5];
  const batch = batchFor(rowsWith(rows, 0, (row) => [labels[row] as number]));
  const trained = trainTable(objective, batch, { columns: 2, steps: 120, ...(similarity && { similarity }) });
  expect(trained.losses.at(-1)).toBeLessThan((trained.losses[0] as number) / 3);
  const own = (scores: readonly (readonly number[])[]) => scores.map((row, i) => row[i] as number);
  expect(order(own(trained.before))).not.toEqual(order(labels));
  expect(order(own(trained.after))).toEqual(order(labels));
});

/** AnglE's |Re + Im|, which may grow on either side: not the cosine. */
function angles(anchors: Tensor, documents: Tensor): Tensor {
  const rows = anchors
    .split(1, 0)
    .map((anchor) => angleSimilarity(anchor.expand([documents.shape[0] as number, -1]), documents));
  return stack(rows, 0);
}

test('AnglE lifts positives above hard negatives', () => {
  const { losses, after } = trainTable(angle({ labels: 'negatives' }), batchFor(rowsWith(rows, 1)), {
    columns: 3,
    steps: 60,
    similarity: angles,
  });
  expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 10);
  for (const [i, row] of after.entries()) expect(row[i]).toBeGreaterThan(row[rows + i] as number);
});

test('CoSENT learns nothing, and breaks nothing, where all labels are equal', () => {
  const { losses, before, after } = trainTable(cosent(), batchFor(rowsWith(3, 0, () => [1])), {
    columns: 2,
    steps: 3,
  });
  expect(losses).toEqual([0, 0, 0]);
  expect(after).toEqual(before);
});

test.each([
  ['MarginMSE', marginMse({ similarity: 'cosine' })],
  ['DistillKL', distillKl({ similarity: 'cosine', studentTemperature: 0.3, teacherTemperature: 0.3 })],
])("%s takes over the teacher's margins", (_, objective) => {
  // The teacher prefers the "negative" in odd rows.
  const scores = (row: number) => (row % 2 === 0 ? [0.8, 0.2] : [0.1, 0.6]);
  const batch = batchFor(rowsWith(rows, 1, scores));
  const { losses, after } = trainTable(objective, batch, { columns: 3, steps: 200 });
  expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 20);
  for (const [i, row] of after.entries()) {
    const [positive, negative] = scores(i) as [number, number];
    expect((row[i] as number) - (row[rows + i] as number)).toBeCloseTo(positive - negative, 1);
  }
});

test.each([
  ['Contrastive', contrastive()],
  ['OnlineContrastive', onlineContrastive()],
  ['CosineSimilarity', cosineSimilarity()],
])('%s pulls together what belongs together, and pushes the rest apart', (_, objective) => {
  const batch = batchFor(rowsWith(rows, 0, (row) => [row % 2]));
  const { losses, before, after } = trainTable(objective, batch, { columns: 2, steps: 80 });
  expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 3);
  const gap = (cosines: readonly (readonly number[])[]): number =>
    cosines.reduce((sum, row, i) => sum + (row[i] as number) * (i % 2 === 1 ? 1 : -1), 0) / rows;
  expect(gap(after)).toBeGreaterThan(gap(before) + 0.2);
});

test.each([
  ['BatchHardTriplet', batchHardTriplet({ distance: 'cosine', margin: 0.5 })],
  ['BatchHardSoftMarginTriplet', batchHardSoftMarginTriplet()],
  ['BatchSemiHardTriplet', batchSemiHardTriplet({ distance: 'cosine', margin: 0.5 })],
  ['BatchAllTriplet', batchAllTriplet({ distance: 'cosine', margin: 0.5 })],
])('%s brings the texts of a label together, whoever was whose positive', (_, objective) => {
  const batch = batchFor(rowsWith(rows, 0, undefined, (row) => row % 3));
  const { losses, after } = trainTable(objective, batch, { columns: 2, steps: 150 });
  expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 2);
  for (const [i, row] of after.entries()) {
    const ofLabel = row.filter((_cosine, j) => i % 3 === j % 3);
    const others = row.filter((_cosine, j) => i % 3 !== j % 3);
    expect(Math.min(...ofLabel)).toBeGreaterThan(Math.max(...others));
  }
});

test('GlobalOrthogonalRegularization keeps a column spread that its loss would let collapse', () => {
  const cosines = (x: Tensor) => similarityMatrix(x, x, 'cosine');
  const inner: EmbeddingObjective = {
    ...triplet(),
    needs: {},
    loss: ([anchors]) =>
      cosines(anchors as Tensor)
        .mean()
        .neg(),
  };
  const meanSquareOf = (objective: EmbeddingObjective): number => {
    const options = { columns: 2, steps: 200, similarity: cosines };
    const { after } = trainTable(objective, batchFor(rowsWith(rows)), options);
    const others = after.flatMap((row, i) => row.filter((_cosine, j) => i !== j));
    return others.reduce((sum, x) => sum + x * x, 0) / others.length;
  };
  expect(meanSquareOf(inner)).toBeGreaterThan(0.9);
  const weights = { meanWeight: 10, secondMomentWeight: 10 };
  expect(meanSquareOf(globalOrthogonalRegularization(inner, weights))).toBeLessThan(0.25);
});
