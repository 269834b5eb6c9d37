import { manualSeed, randn, scope, type Tensor, tensor } from '@ragwright/torch';
import { expect, test } from 'vitest';
import type { EmbeddingBatch } from '../batches/types.ts';
import { ObjectiveError } from './errors.ts';
import { gist } from './gist.ts';
import { globalOrthogonalRegularization } from './globalOrthogonalRegularization.ts';
import { batchFor, rowsWith } from './golden.fixture.ts';
import { megaBatchMargin } from './megaBatchMargin.ts';
import { multipleNegativesRanking } from './multipleNegativesRanking.ts';
import { pairwiseSimilarity } from './similarity.ts';
import { triplet } from './triplet.ts';
import type { EmbeddingObjective } from './types.ts';

const rows = 3;
const batchWith = (columns: number, known: readonly [number, number][]): EmbeddingBatch => {
  const falseNegatives = new Uint8Array(rows * rows * (columns - 1));
  for (const [i, j] of known) falseNegatives[i * rows * (columns - 1) + j] = 1;
  return { ...batchFor(rowsWith(rows, columns - 2)), falseNegatives };
};

/** Gradient at one vector, given all columns. */
function gradientAt(
  objective: EmbeddingObjective,
  batch: EmbeddingBatch,
  columns: number,
  at: [number, number],
) {
  manualSeed(5);
  const leaves = Array.from({ length: columns }, () => randn([rows, 4]).requiresGrad_());
  const taught = randn([rows, 4]); // to the guide, anchor and positive are the same: it leaves nothing out
  const guide = leaves.map((_leaf, column) => (column < 2 ? taught : randn([rows, 4])));
  objective.loss(leaves, { ...batch, guide }).backward();
  const gradient = leaves[at[0]]?.grad?.select(0, at[1]).toArray() as number[];
  return gradient.map((x) => x + 0); // −0 becomes 0
}

test('a hard negative that is masked for every anchor gets no gradient', () => {
  scope(() => {
    // Negative of row 1 is document 3 + 1.
    const everywhere = batchWith(3, [
      [0, 4],
      [1, 4],
      [2, 4],
    ]);
    const nowhere = batchWith(3, []);
    const guided = gist({ temperature: 1 });
    for (const objective of [multipleNegativesRanking(), guided, megaBatchMargin({ negativeMargin: -1 })]) {
      expect(gradientAt(objective, everywhere, 3, [2, 1])).toEqual([0, 0, 0, 0]);
      expect(gradientAt(objective, everywhere, 3, [2, 0])).not.toEqual([0, 0, 0, 0]);
    }
    expect(gradientAt(multipleNegativesRanking(), nowhere, 3, [2, 1])).not.toEqual([0, 0, 0, 0]);
    expect(gradientAt(triplet(), everywhere, 3, [2, 1])).toEqual([0, 0, 0, 0]);
    expect(gradientAt(triplet(), nowhere, 3, [2, 1])).not.toEqual([0, 0, 0, 0]);
  });
});

test("a row's own positive stays, whatever the flags say", () => {
  scope(() => {
    const flagged = batchWith(2, [
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
    const columns = [randn([rows, 4]), randn([rows, 4])];
    const loss = (batch: EmbeddingBatch) => multipleNegativesRanking().loss(columns, batch).item();
    expect(loss(flagged)).toBe(loss(batchWith(2, [])));
  });
});

test('with all negatives masked the loss is 0, and triplets left count alone', () => {
  scope(() => {
    const all: [number, number][] = [];
    for (let i = 0; i < rows; i++) for (let j = 0; j < 2 * rows; j++) if (i !== j) all.push([i, j]);
    const columns: Tensor[] = Array.from({ length: 3 }, () => randn([rows, 4]));
    expect(multipleNegativesRanking().loss(columns, batchWith(3, all)).item()).toBeCloseTo(0, 6);
    expect(triplet().loss(columns, batchWith(3, all)).item()).toBe(0);

    const first = columns.map((column) => column.narrow(0, 0, 1));
    const alone = triplet()
      .loss(first, batchFor(rowsWith(1, 1)))
      .item();
    const masked = triplet()
      .loss(
        columns,
        batchWith(3, [
          [1, 4],
          [2, 5],
        ]),
      )
      .item();
    expect(Number(masked)).toBeCloseTo(Number(alone), 5);
  });
});

test('a batch without negatives for the hardest one to be among: only the positives count', () => {
  scope(() => {
    const all: [number, number][] = [];
    for (let i = 0; i < rows; i++) for (let j = 0; j < rows; j++) if (i !== j) all.push([i, j]);
    const [anchors, positives] = [randn([rows, 4]), randn([rows, 4])];
    const leaf = anchors.clone().requiresGrad_();
    const loss = megaBatchMargin({ positiveMargin: 1 }).loss([leaf, positives], batchWith(2, all));
    loss.backward();
    const cosines = pairwiseSimilarity(anchors, positives, 'cosine');
    expect(Number(loss.item())).toBeCloseTo(1 - Number(cosines.mean().item()), 5);
    expect(leaf.grad?.isfinite().all().item()).toBe(true);
  });
});

test('regularisation leaves out what is known to belong together, and a batch of one', () => {
  scope(() => {
    const near = tensor([
      [1, 0, 0, 0],
      [1, 0.1, 0, 0],
      [0, 0, 1, 0],
    ]);
    const inner = {
      ...multipleNegativesRanking(),
      loss: (columns: readonly Tensor[]) => (columns[0] as Tensor).sum().mul(0),
    };
    const objective = globalOrthogonalRegularization(inner);
    const value = (batch: EmbeddingBatch, x = near) => Number(objective.loss([x, x], batch).item());
    expect(value(batchWith(2, []))).toBeGreaterThan(0.1);
    expect(value(batchWith(2, [[0, 1]]))).toBe(0);
    expect(value(batchFor(rowsWith(1)), near.narrow(0, 0, 1))).toBe(0);
  });
});

test('flags of the wrong size are refused', () => {
  scope(() => {
    const batch = { ...batchFor(rowsWith(rows)), falseNegatives: new Uint8Array(5) };
    const run = () => multipleNegativesRanking().loss([randn([rows, 4]), randn([rows, 4])], batch);
    expect(run).toThrow(ObjectiveError);
    expect(run).toThrow('falseNegatives: expected 3 × 3 flags, got 5');
  });
});
