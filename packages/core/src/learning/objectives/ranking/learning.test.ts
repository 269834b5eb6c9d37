import { scope, tensor } from '@ragwright/torch';
import { expect, test } from 'vitest';
import { batchFor, listsWith } from './golden.fixture.ts';
import { rankingLosses } from './index.ts';
import { type LabelsOf, trainScorer } from './learning.fixture.ts';
import type { RankingObjective } from './types.ts';

/* Each loss turns a scorer round that ranks the worst first, and lifts positives above negatives. */

const graded: LabelsOf = (worth) => worth.map((x) => (x > 2 ? 2 : x > 0 ? 1 : 0));
const binary: LabelsOf = (worth) => worth.map((x) => +(x > 0));
const bestFirst: LabelsOf = (worth) => worth.map((_, i) => +(i === 0));
const teacher: LabelsOf = (worth) => [...worth];

const {
  adrMse,
  binaryCrossEntropy,
  crossEntropy,
  distillKl,
  lambda,
  listMle,
  listNet,
  marginMse,
  mse,
  multipleNegativesRanking,
  pListMle,
  rankNet,
} = rankingLosses;

const runs: readonly (readonly [string, RankingObjective, LabelsOf])[] = [
  ['BinaryCrossEntropy', binaryCrossEntropy({ positiveWeight: 2 }), binary],
  ['ListNet', listNet(), graded],
  ['ListMLE', listMle(), graded],
  ['ListMLE, grouped', listMle({ order: 'grouped' }), graded],
  ['PListMLE', pListMle(), graded],
  ['RankNet', rankNet(), graded],
  ['Lambda, NDCGLoss2++', lambda(), graded],
  ['Lambda, NDCGLoss2', lambda({ scheme: 'NDCGLoss2' }), graded],
  ['Lambda, NDCGLoss1', lambda({ scheme: 'NDCGLoss1' }), graded],
  ['Lambda, LambdaRank', lambda({ scheme: 'LambdaRank' }), graded],
  ['Lambda, k 8', lambda({ k: 8 }), graded],
  ['MarginMSE', marginMse(), teacher],
  ['MSE', mse(), teacher],
  ['ADRMSE', adrMse(), teacher],
  ['DistillKL', distillKl({ temperature: 2 }), teacher],
  ['MultipleNegativesRanking', multipleNegativesRanking(), bestFirst],
  [
    'MultipleNegativesRanking, identity',
    multipleNegativesRanking({ activation: 'identity', scale: 1 }),
    bestFirst,
  ],
];

test.each(runs)('%s improves nDCG on lists that it has not seen', (name, objective, labelsOf) => {
  const { losses, before, after } = trainScorer(objective, labelsOf);
  expect(before).toBeLessThan(0.7);
  // It is told the best of each list and nothing of the rest: ten choices, to find six weights.
  expect(after).toBeGreaterThan(name.startsWith('MultipleNegativesRanking') ? 0.8 : 0.95);
  expect(losses.at(-1)).toBeLessThan((losses[0] as number) * 0.7);
});

test('CrossEntropy improves the order by expected class', () => {
  const { losses, before, after } = trainScorer(crossEntropy(), graded, { outputs: 3 });
  expect(before).toBeLessThan(0.7);
  expect(after).toBeGreaterThan(0.95);
  expect(losses.at(-1)).toBeLessThan((losses[0] as number) * 0.7);
});

test.each(runs)('%s: down the gradient a positive rises and a negative falls', (_, objective) => {
  scope(() => {
    const logits = tensor([[-0.5], [0.5], [0.75]]).requiresGrad_();
    objective.loss(logits, batchFor(listsWith([[1, 0, 0]]))).backward();
    const [positive, , negative] = Array.from(logits.grad?.data() ?? [], Number);
    expect(positive).toBeLessThan(0);
    expect(negative).toBeGreaterThan(0);
  });
});
