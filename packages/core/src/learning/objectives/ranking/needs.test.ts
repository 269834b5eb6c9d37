import { expect, test } from 'vitest';
import { ObjectiveError } from '../errors.ts';
import { makeRankingObjective, type RankingObjectiveName } from './byName.ts';
import { batchFor, listsWith } from './golden.fixture.ts';
import { checkRankingBatch, checkRankingRows } from './needs.ts';

const check = (name: RankingObjectiveName, labels: readonly (readonly number[])[], options = {}) =>
  checkRankingRows(makeRankingObjective({ name, ...options }), listsWith(labels));

const fault = (run: () => unknown): ObjectiveError['details'] => {
  try {
    run();
  } catch (error) {
    if (error instanceof ObjectiveError) return error.details;
  }
  throw new Error('passed');
};

test('lists that have what the loss needs pass, and those that teach nothing are counted', () => {
  const labels = [[1, 0, 0], [0, 0], [1]];
  expect(check('BinaryCrossEntropy', labels)).toEqual({ lists: 3, documents: 6, skipped: 0 });
  expect(check('Lambda', labels)).toEqual({ lists: 3, documents: 6, skipped: 2 });
  expect(check('ListNet', labels)).toEqual({ lists: 3, documents: 6, skipped: 1 });
  expect(check('ListMLE', labels, { order: 'given' }).skipped).toBe(1);
  expect(check('MultipleNegativesRanking', [[1], [1]])).toEqual({ lists: 2, documents: 2, skipped: 0 });
  expect(check('MultipleNegativesRanking', [[1, 0]])).toMatchObject({ skipped: 0 });
  expect(check('MultipleNegativesRanking', labels, { negatives: 0 }).skipped).toBe(1);
  expect(check('MarginMSE', [[-2.5, 3e4]]).skipped).toBe(0);
  expect(check('CrossEntropy', [[2], [0]]).skipped).toBe(0);
});

test('labels of another kind are named with row and document', () => {
  const at = (row: number, document: number) => ({ row, document, field: 'labels' });
  expect(
    fault(() =>
      check('BinaryCrossEntropy', [
        [1, 0],
        [0, 1, 2],
      ]),
    ),
  ).toMatchObject({
    ...at(1, 2),
    objective: 'BinaryCrossEntropy',
    expected: 'a label from 0 to 1',
    got: '2',
  });
  expect(fault(() => check('Lambda', [[1, 0.5]]))).toMatchObject({ ...at(0, 1), got: '0.5' });
  expect(fault(() => check('Lambda', [[1, -1]]))).toMatchObject(at(0, 1));
  expect(fault(() => check('Lambda', [[32, 0]]))).toMatchObject({
    ...at(0, 0),
    expected: 'a grade, a whole number from 0 to 31',
  });
  expect(fault(() => check('RankNet', [[1, Number.NaN]]))).toMatchObject({ ...at(0, 1), got: 'NaN' });
  expect(fault(() => check('MSE', [[Number.POSITIVE_INFINITY, 1]]))).toMatchObject(at(0, 0));
  expect(fault(() => check('CrossEntropy', [[0], [1.5]]))).toMatchObject(at(1, 0));
  expect(() =>
    check('BinaryCrossEntropy', [
      [1, 0],
      [0, 1, 2],
    ]),
  ).toThrow('BinaryCrossEntropy: row 1, document 2, labels: expected a label from 0 to 1, got 2');
});

test('documents and labels are of equal number, and there is at least one', () => {
  const rows = [...listsWith([[1, 0]]), { query: 'q', documents: ['a', 'b'], labels: [1] }];
  const objective = makeRankingObjective({ name: 'MultipleNegativesRanking' });
  expect(fault(() => checkRankingRows(objective, rows))).toMatchObject({
    row: 1,
    field: 'labels',
    expected: '2 labels, one for each document',
    got: '1',
  });
  expect(fault(() => check('ListNet', [[1, 0], []]))).toMatchObject({
    row: 1,
    field: 'documents',
    got: 'none',
  });
  expect(fault(() => check('ListNet', []))).toMatchObject({ field: 'rows', got: 'none' });
});

test('a training set in which nothing can be learned fails', () => {
  const same = [
    [1, 1],
    [0, 0],
  ];
  for (const name of ['RankNet', 'Lambda', 'ListMLE', 'PListMLE'] as const) {
    expect(
      fault(() => check(name, same)),
      name,
    ).toMatchObject({ field: 'rows', got: 'none' });
  }
  for (const name of ['ListNet', 'MarginMSE', 'ADRMSE', 'DistillKL'] as const) {
    expect(
      fault(() => check(name, same)),
      name,
    ).toMatchObject({ field: 'labels', got: 'equal labels in every list' });
    expect(
      fault(() => check(name, [[1], [0]])),
      name,
    ).toMatchObject({ field: 'rows' });
  }
  for (const name of ['BinaryCrossEntropy', 'MSE', 'CrossEntropy'] as const) {
    check(name, same);
    expect(
      fault(() => check(name, [[1, 1], [1]])),
      name,
    ).toMatchObject({ got: '1 for all documents' });
  }
  expect(fault(() => check('MultipleNegativesRanking', [[1]]))).toMatchObject({
    hint: 'or at least two lists, for in-batch negatives',
  });
  expect(fault(() => check('MultipleNegativesRanking', [[1], [1]], { negatives: 0 }))).toMatchObject({
    expected: 'at least one list with 2 documents',
  });
});

test('a batch is checked by the rows of the training set', () => {
  const lambda = makeRankingObjective({ name: 'Lambda' });
  const batch = batchFor(listsWith([[1, 0], [0]]));
  checkRankingBatch(lambda, batch);
  const wrong = batchFor(listsWith([[1, 0], [0.5]]));
  expect(fault(() => checkRankingBatch(lambda, wrong))).toMatchObject({ row: 11, document: 0, got: '0.5' });
  expect(
    fault(() => checkRankingBatch(lambda, { ...batch, sequences: batch.sequences.slice(1) })),
  ).toMatchObject({
    field: 'sequences',
    expected: '3 token sequences, one for each document',
    got: '2',
  });
  expect(fault(() => checkRankingBatch(lambda, batchFor(listsWith([[1, 1], [0]]))))).toMatchObject({
    field: 'rows',
    got: 'none in a batch of 2',
  });
  const alone = batchFor(listsWith([[1]]));
  expect(
    fault(() => checkRankingBatch(makeRankingObjective({ name: 'MultipleNegativesRanking' }), alone)).hint,
  ).toMatch(/no in-batch negatives/);
});
