import { expect, test } from 'vitest';
import { makeRankingObjective, type RankingObjectiveName } from './byName.ts';
import { trainableLists } from './trainableLists.ts';

const list = (query: string, labels: readonly number[]) => ({
  query,
  documents: labels.map((label, i) => `${query}${i}:${label}`),
  documentIds: labels.map((_, i) => `${query}${i}`),
  labels,
});

const ready = (name: RankingObjectiveName, lists: readonly (readonly number[])[], options = {}) => {
  const given = lists.map((labels, i) => list('abcdef'[i] as string, labels));
  const { lists: made, leftOut } = trainableLists(makeRankingObjective({ name, ...options }), given);
  return { documents: made.map(({ documents }) => documents.join(' ')), leftOut, made };
};

test('a judged zero before the positive is not trained as the positive', () => {
  const { documents, made } = ready('MultipleNegativesRanking', [[0, 1, 0]]);
  expect(documents).toEqual(['a1:1 a0:0 a2:0']);
  expect(made[0]).toMatchObject({ labels: [1, 0, 0], documentIds: ['a1', 'a0', 'a2'] });
});

test('several positives are not each other’s negatives, and a query without one is left out', () => {
  const { documents, leftOut } = ready('MultipleNegativesRanking', [
    [2, 0, 1],
    [0, 0],
    [1, 1],
  ]);
  expect(documents).toEqual(['a0:2 a1:0', 'a2:1 a1:0', 'c0:1', 'c1:1']);
  expect(leftOut).toBe(1);
});

test('of a teacher’s scores the highest is the positive', () => {
  expect(ready('MultipleNegativesRanking', [[-3.5, -0.25, 1.5]]).documents).toEqual([
    'a2:1.5 a0:-3.5 a1:-0.25',
  ]);
});

test('what teaches nothing is left out, whatever the loss', () => {
  const lists = [[1, 0], [0, 0], [1]];
  expect(ready('Lambda', lists)).toMatchObject({ documents: ['a0:1 a1:0'], leftOut: 2 });
  expect(ready('ListNet', lists)).toMatchObject({ documents: ['a0:1 a1:0', 'b0:0 b1:0'], leftOut: 1 });
  expect(ready('BinaryCrossEntropy', lists).leftOut).toBe(0);
  expect(() => ready('Lambda', [[0, 0], [1]])).toThrow(/two different labels/);
  expect(() => ready('MultipleNegativesRanking', [[0, 0]])).toThrow(/training rows/);
});
