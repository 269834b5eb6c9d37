import { expect, test } from 'vitest';
import { SeededRandom } from '../../base/rng.ts';
import type { TrainingPair } from '../pairs/types.ts';
import { falseNegatives } from './falseNegatives.ts';
import { type KnownPositives, knownPositives } from './knownPositives.ts';

/** Pairs [anchor, document] that are marked; documents counted over [positives, negatives 1, …]. */
function marked(rows: readonly TrainingPair[], known?: KnownPositives): [number, number][] {
  const flags = falseNegatives(rows, known);
  const width = rows.length * (1 + (rows[0]?.negatives?.length ?? 0));
  const pairs: [number, number][] = [];
  flags?.forEach((flag, at) => {
    if (flag) pairs.push([Math.floor(at / width), at % width]);
  });
  return pairs;
}

test('nothing is marked where nothing is shared', () => {
  const rows = [
    { query: 'a', positive: 'A', negatives: ['x'] },
    { query: 'b', positive: 'B', negatives: ['y'] },
  ];
  expect(falseNegatives(rows)).toBeUndefined();
  expect(falseNegatives(rows, knownPositives(rows))).toBeUndefined();
});

test("an anchor's own positive elsewhere, as a positive or a negative", () => {
  const rows = [
    { query: 'a', positive: 'A', negatives: ['x'] },
    { query: 'b', positive: 'A', negatives: ['y'] },
    { query: 'c', positive: 'C', negatives: ['A'] },
  ];
  expect(marked(rows)).toEqual([
    [0, 1],
    [0, 5],
    [1, 0],
    [1, 5],
  ]);
});

test('the same query twice: the positives of both', () => {
  const rows = [
    { query: 'a', positive: 'A' },
    { query: 'a', positive: 'A2' },
    { query: 'b', positive: 'B' },
  ];
  expect(marked(rows)).toEqual([
    [0, 1],
    [1, 0],
  ]);
});

test('a document that is the query itself', () => {
  const rows = [
    { query: 'a', positive: 'A' },
    { query: 'b', positive: 'a' },
  ];
  expect(marked(rows)).toEqual([[0, 1]]);
});

test('known positives of the training set by text and by id, and judged ones', () => {
  const all: TrainingPair[] = [
    { query: 'a', positive: 'A', queryId: 'q1', positiveId: 'd1' },
    { query: 'a', positive: 'A2', queryId: 'q1', positiveId: 'd2' },
    { query: 'b', positive: 'A2', queryId: 'q2', positiveId: 'd2' },
    { query: 'c', positive: 'other words', queryId: 'q3', positiveId: 'd2', negatives: [] },
    { query: 'd', positive: 'D', queryId: 'q4', positiveId: 'd9' },
  ];
  const known = knownPositives(
    all,
    new Map([
      [
        'q1',
        new Map([
          ['d9', 2],
          ['d8', 0],
        ]),
      ],
    ]),
  );
  const batch = [all[0], all[2], all[3], all[4]] as TrainingPair[];
  // For "a": A2 by text, d2 under other words by id, d9 by judgement. "b" and "c" both have d2.
  expect(marked(batch, known)).toEqual([
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 2],
    [2, 1],
  ]);
  expect(marked(batch)).toEqual([
    [1, 2],
    [2, 1],
  ]);
});

test('a hard negative with the id of a known positive', () => {
  const rows = [
    { query: 'a', positive: 'A', positiveId: 'd1', negatives: ['z'], negativeIds: ['d2'] },
    { query: 'b', positive: 'B', positiveId: 'd3', negatives: ['y'], negativeIds: ['d1'] },
  ];
  const known = knownPositives([...rows, { query: 'a', positive: 'Z', positiveId: 'd2' }]);
  expect(marked(rows, known)).toEqual([
    [0, 2],
    [0, 3],
  ]);
});

test('equals the plain definition on random rows', () => {
  const random = new SeededRandom(4);
  const text = () => `t${random.below(30)}`;
  for (let round = 0; round < 30; round++) {
    const rows = Array.from({ length: 12 }, () => ({
      query: text(),
      positive: text(),
      negatives: [text(), text()],
    }));
    const known = knownPositives([
      ...rows,
      ...Array.from({ length: 20 }, () => ({ query: text(), positive: text() })),
    ]);
    const documents = [0, 1, 2].flatMap((k) =>
      rows.map((row) => [row.positive, ...row.negatives][k] as string),
    );
    const plain: [number, number][] = [];
    for (const [i, row] of rows.entries()) {
      for (const [j, document] of documents.entries()) {
        const positive = document === row.query || (known.texts(row)?.has(document) ?? false);
        if (positive && j !== i) plain.push([i, j]);
      }
    }
    expect(marked(rows, known)).toEqual(plain);
  }
});
