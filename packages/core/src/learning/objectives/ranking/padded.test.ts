import { scope, tensor } from '@ragwright/torch';
import { expect, test } from 'vitest';
import { padScores, padValues } from './padded.ts';

const lists = [
  { start: 0, labels: [1, 2, 3] },
  { start: 4, labels: [5] },
  { start: 5, labels: [0, 4] },
];

test('ragged lists become rows of a matrix, with 0 beside the shorter ones; what is between them is left out', () => {
  scope(() => {
    const scores = tensor([10, 11, 12, 99, 14, 15, 16]).requiresGrad_();
    const padded = padScores({ scores, lists });
    expect(padded).toMatchObject({ lists: 3, longest: 3 });
    expect(padded.scores.toArray()).toEqual([
      [10, 11, 12],
      [14, 0, 0],
      [15, 16, 0],
    ]);
    expect(padded.absent.to('int64').toArray()).toEqual([
      [0, 0, 0],
      [0, 1, 1],
      [0, 0, 1],
    ]);
    padded.scores.sum().backward();
    expect(scores.grad?.toArray()).toEqual([1, 1, 1, 0, 1, 1, 1]);
    expect(padValues(lists.map(({ labels }) => labels)).toArray()).toEqual([
      [1, 2, 3],
      [5, 0, 0],
      [0, 4, 0],
    ]);
  });
});

test('in another order', () => {
  scope(() => {
    const orders = [[2, 0, 1], [0], [1, 0]];
    const { scores } = padScores({ scores: tensor([10, 11, 12, 99, 14, 15, 16]), lists }, orders);
    expect(scores.toArray()).toEqual([
      [12, 10, 11],
      [14, 0, 0],
      [16, 15, 0],
    ]);
  });
});
