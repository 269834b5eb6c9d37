import { expect, test } from 'vitest';
import { contrastive } from './contrastive.ts';
import { cosent } from './cosent.ts';
import { distillKl } from './distillKl.ts';
import { ObjectiveError } from './errors.ts';
import { batchFor, rowsWith } from './golden.fixture.ts';
import { matryoshka } from './matryoshka.ts';
import { multipleNegativesRanking } from './multipleNegativesRanking.ts';
import { checkBatch, checkTrainingRows } from './needs.ts';
import { triplet } from './triplet.ts';

const mnrl = multipleNegativesRanking();

test('rows that have what the loss needs pass', () => {
  checkTrainingRows(mnrl, rowsWith(3));
  checkTrainingRows(mnrl, rowsWith(3, 2));
  checkTrainingRows(mnrl, rowsWith(1, 1));
  checkTrainingRows(triplet(), rowsWith(1, 1));
  checkTrainingRows(
    distillKl(),
    rowsWith(2, 2, () => [1, 2, 3]),
  );
  checkTrainingRows(
    cosent(),
    rowsWith(2, 0, (row) => [row]),
  );
});

test('what is missing is named with row and field', () => {
  const fault = (run: () => void): ObjectiveError['details'] => {
    try {
      run();
    } catch (error) {
      if (error instanceof ObjectiveError) return error.details;
    }
    throw new Error('passed');
  };
  expect(fault(() => checkTrainingRows(mnrl, []))).toMatchObject({ field: 'rows', got: '0' });
  expect(fault(() => checkTrainingRows(mnrl, rowsWith(1)))).toMatchObject({ field: 'rows', got: '1' });
  expect(fault(() => checkTrainingRows(triplet(), rowsWith(3)))).toMatchObject({
    objective: 'Triplet',
    field: 'negatives',
    expected: 'query, positive and at least 1 hard negative in each row',
    got: '0 hard negatives',
  });
  const uneven = [...rowsWith(2, 2), ...rowsWith(1, 1)];
  expect(fault(() => checkTrainingRows(mnrl, uneven))).toMatchObject({
    row: 2,
    field: 'negatives',
    expected: '2, as in row 0',
    got: '1',
  });
  const scored = rowsWith(3, 1, (row) => (row === 1 ? [1] : [1, 2]));
  expect(fault(() => checkTrainingRows(distillKl(), scored))).toMatchObject({
    row: 1,
    field: 'scores',
    got: '1',
  });
  const wrapped = matryoshka(distillKl(), { dims: [2] });
  expect(fault(() => checkTrainingRows(wrapped, rowsWith(3, 1)))).toMatchObject({
    objective: 'Matryoshka(DistillKL)',
    row: 0,
    field: 'scores',
    got: 'none',
  });
  expect(
    fault(() =>
      checkTrainingRows(
        cosent(),
        rowsWith(3, 0, () => [0.5]),
      ),
    ),
  ).toMatchObject({
    field: 'scores',
    expected: 'at least two different scores',
  });
});

test('a batch is checked by the rows of the training set', () => {
  const rows = rowsWith(3, 1, (row) => (row === 2 ? [Number.NaN, 0] : [1, 2]));
  const columns = Array.from({ length: 3 }, () => ({ role: 'document' as const, tokens: [] }));
  expect(() => checkBatch(distillKl(), { ...batchFor(rows), columns }, false)).toThrow(
    'DistillKL: row 12, scores: expected 2 scores, of the positive and each hard negative, got NaN',
  );
});

test('pairs that belong together or not say so with 1 or 0, and there are both', () => {
  const check = (scores: ((row: number) => number[]) | undefined) => () =>
    checkTrainingRows(contrastive(), rowsWith(3, 0, scores));
  check((row) => [row % 2])();
  expect(check(undefined)).toThrow('Contrastive: row 0, scores: expected one score, of the pair, got none');
  expect(check((row) => [row])).toThrow(/row 2, scores: expected 1 for a pair .* got 2 \(.*CoSENT\)/);
  expect(check(() => [1])).toThrow(/scores: expected at least two different scores, got 1 in all rows/);
  expect(() =>
    checkTrainingRows(
      contrastive(),
      rowsWith(3, 1, (row) => [row % 2]),
    ),
  ).toThrow(/leave them out/);
});
