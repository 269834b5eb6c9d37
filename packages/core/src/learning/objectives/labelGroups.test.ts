import { manualSeed, randn, scope, type Tensor, tensor } from '@ragwright/torch';
import { describe, expect, test } from 'vitest';
import type { EmbeddingBatch, TrainingPair } from '../batches/types.ts';
import { batchAllTriplet } from './batchAllTriplet.ts';
import { batchHardSoftMarginTriplet, batchHardTriplet } from './batchHardTriplet.ts';
import { batchSemiHardTriplet } from './batchSemiHardTriplet.ts';
import { ObjectiveError } from './errors.ts';
import { batchFor, rowsWith } from './golden.fixture.ts';
import { checkTrainingRows } from './needs.ts';
import type { EmbeddingObjective } from './types.ts';

const losses = [
  ['BatchHardTriplet', batchHardTriplet()],
  ['BatchHardSoftMarginTriplet', batchHardSoftMarginTriplet()],
  ['BatchSemiHardTriplet', batchSemiHardTriplet()],
  ['BatchAllTriplet', batchAllTriplet()],
] as const;

const grouped = (labels: readonly (string | number)[]): TrainingPair[] =>
  rowsWith(labels.length, 0, undefined, (row) => labels[row] as string);

/** Value, and the gradient of each column as numbers. */
function run(objective: EmbeddingObjective, columns: readonly Tensor[], batch: EmbeddingBatch) {
  const leaves = columns.map((column) => column.detach().clone().requiresGrad_());
  const loss = objective.loss(leaves, batch);
  loss.backward();
  return {
    loss: Number(loss.item()),
    gradients: leaves.map((leaf) => (leaf.grad?.toArray() ?? []) as number[][]),
  };
}

describe.each(losses)('%s', (name, objective) => {
  test('needs a label in each row, two different ones, and takes no hard negatives', () => {
    expect(() => checkTrainingRows(objective, rowsWith(3))).toThrow(
      `${name}: row 0, label: expected the name or number of the group`,
    );
    expect(() => checkTrainingRows(objective, grouped(['a', '', 'b']))).toThrow(/row 1, label: .* got ""/);
    expect(() => checkTrainingRows(objective, grouped([1, Number.NaN]))).toThrow(/row 1, label/);
    expect(() => checkTrainingRows(objective, grouped(['a', 'a']))).toThrow(
      /label: expected at least two different labels, got "a" in all rows/,
    );
    checkTrainingRows(objective, grouped([0, 1]));
    const mined = rowsWith(2, 1, undefined, (row) => row);
    expect(() => checkTrainingRows(objective, mined)).toThrow(/would not look at them/);
    scope(() => {
      const columns = [randn([2, 4]), randn([2, 4])];
      expect(() => objective.loss(columns, batchFor(rowsWith(2)))).toThrow(ObjectiveError);
      expect(() => objective.loss(columns, batchFor(rowsWith(2)))).toThrow(/row 10, label/);
    });
  });

  test('the number 1 and the text "1" are two labels', () => {
    scope(() => {
      const columns = [randn([2, 4]), randn([2, 4])];
      expect(run(objective, columns, batchFor(grouped([1, '1']))).loss).toBeGreaterThan(0);
    });
  });

  test('a batch of one label, and of one row, has loss 0 and gradient 0', () => {
    scope(() => {
      for (const labels of [['a', 'a', 'a'], ['a']]) {
        const columns = [randn([labels.length, 4]), randn([labels.length, 4])];
        const { loss, gradients } = run(objective, columns, batchFor(grouped(labels)));
        expect(loss).toBe(0);
        expect(gradients.flat(2)).toHaveLength(8 * labels.length);
        expect(gradients.flat(2).every((x) => x === 0)).toBe(true);
      }
    });
  });

  test('nothing but rows that are their own positive: no triplet, loss 0', () => {
    scope(() => {
      const rows = ['a', 'b', 'c'].map((label) => ({ query: label, positive: label, label }));
      const column = randn([3, 4]);
      const { loss, gradients } = run(objective, [column, column], batchFor(rows));
      expect(loss).toBe(0);
      expect(gradients.flat(2).every((x) => x === 0)).toBe(true);
    });
  });

  test('anchors without a triplet do not count', () => {
    scope(() => {
      manualSeed(3);
      const [queries, positives] = [randn([3, 4]), randn([3, 4])];
      const rows = grouped(['a', 'b', 'c']);
      const two = run(
        objective,
        [queries.narrow(0, 0, 2), positives.narrow(0, 0, 2)],
        batchFor(rows.slice(0, 2)),
      );
      // nobody knows of row 2 that it does not belong to the others: it is no negative, and has none
      const all = [0, 1, 2].map((i) => [0, 1, 2].map((j) => +(i !== j && (i === 2 || j === 2))));
      const batch = { ...batchFor(rows), falseNegatives: Uint8Array.from(all.flat()) };
      const { loss, gradients } = run(objective, [queries, positives], batch);
      expect(loss).toBeCloseTo(two.loss, 5);
      for (const gradient of gradients) expect(gradient[2]?.every((x) => x === 0)).toBe(true);
    });
  });

  test('equal texts with different labels are no negatives of each other', () => {
    scope(() => {
      const rows = [
        { query: 'one', positive: 'same', label: 'a' },
        { query: 'two', positive: 'same', label: 'b' },
      ];
      const columns = [
        tensor([
          [0, 0],
          [9, 0],
        ]),
        tensor([
          [0, 1],
          [0, 1],
        ]),
      ];
      const { loss } = run(batchHardTriplet({ margin: 0 }), columns, batchFor(rows));
      const far = Math.hypot(9, 1); // from "two" to both "same"
      // "one": 1 − 1; "two": far − 9; the first "same": 1 − far, and not 1 − 0; the second: far − 1, and not far − 0
      expect(loss).toBeCloseTo((0 + (far - 9) + 0 + (far - 1)) / 4, 5);
    });
  });

  test('ties: the loss of one, and gradients that are finite', () => {
    scope(() => {
      const batch = batchFor(grouped([0, 1, 1, 0]));
      const same = tensor([
        [1, 2],
        [1, 2],
        [1, 2],
        [1, 2],
      ]);
      const { loss, gradients } = run(objective, [same, same], batch);
      expect(loss).toBeCloseTo(name === 'BatchHardSoftMarginTriplet' ? Math.log(2) : 5, 5);
      expect(gradients.flat(2).every(Number.isFinite)).toBe(true);
    });
  });
});

test('semi-hard takes the closest negative beyond the positive, else the furthest', () => {
  scope(() => {
    const rows = [0, 1].map((label, i) => ({ query: `q${i}`, positive: `p${i}`, label }));
    const columns = [tensor([[0], [1]]), tensor([[3], [2]])]; // on a line: label 0 at 0 and 3, label 1 at 1 and 2
    const { loss } = run(batchSemiHardTriplet({ margin: 5 }), columns, batchFor(rows));
    // 0 and 3: the positive is at 3, no negative beyond it, the furthest is at 2; 1 and 2: at 1, beyond it is 2
    expect(loss).toBeCloseTo((6 + 6 + 4 + 4) / 4, 5);
  });
});

test('batch-all is the mean over triplets that still cost something', () => {
  scope(() => {
    const rows = [0, 1].map((label, i) => ({ query: `q${i}`, positive: `p${i}`, label }));
    const columns = [tensor([[0], [10]]), tensor([[1], [14]])];
    // d(a, p) − d(a, n) + 8 for both negatives of 0, 1, 10, 14: (-1, -5), (0, -4), (2, 3), (-2, -1)
    const { loss } = run(batchAllTriplet({ margin: 8 }), columns, batchFor(rows));
    expect(loss).toBeCloseTo((2 + 3) / 2, 5);
  });
});
