import { manualSeed, scope, type Tensor, tensor } from '@ragwright/torch';
import { Embedding, Module } from '@ragwright/torch/nn';
import { AdamW } from '@ragwright/torch/optim';
import type { EmbeddingBatch } from '../batches/types.ts';
import { similarityMatrix } from './similarity.ts';
import type { EmbeddingObjective } from './types.ts';

/** One vector for each text of a batch: column · B + row. */
class Table extends Module {
  readonly table: Embedding;

  constructor(texts: number, size: number) {
    super();
    this.table = new Embedding(texts, size);
  }

  columns(count: number, rows: number): Tensor[] {
    return Array.from({ length: count }, (_, column) => this.table.weight.narrow(0, column * rows, rows));
  }
}

export interface Trained {
  readonly losses: readonly number[];
  /** Similarity [B][B·(columns − 1)] of anchors with documents before and after. */
  readonly before: readonly (readonly number[])[];
  readonly after: readonly (readonly number[])[];
}

export interface TrainOptions {
  readonly columns: number;
  /** Default 30. */
  readonly steps?: number;
  /** Default cosine. */
  readonly similarity?: (anchors: Tensor, documents: Tensor) => Tensor;
}

const cosine = (a: Tensor, b: Tensor): Tensor => similarityMatrix(a, b, 'cosine');

/** A few AdamW steps on vectors of length 8, one for each text. */
export function trainTable(
  objective: EmbeddingObjective,
  batch: EmbeddingBatch,
  options: TrainOptions,
): Trained {
  const { columns, steps = 30, similarity = cosine } = options;
  manualSeed(3);
  const rows = batch.rows.length;
  const model = new Table(columns * rows, 8);
  const optimizer = new AdamW(model.namedParameters(), { lr: 0.05, weightDecay: 0 });
  const scores = (): number[][] =>
    scope(() => {
      const anchors = model.table.weight.detach().narrow(0, 0, rows);
      const documents = model.table.weight.detach().narrow(0, rows, (columns - 1) * rows);
      return similarity(anchors, documents).toArray() as number[][];
    });
  const before = scores();
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    losses.push(
      scope(() => {
        const loss = objective.loss(model.columns(columns, rows), batch);
        loss.backward();
        return Number(loss.item());
      }),
    );
    optimizer.step();
    optimizer.zeroGrad();
  }
  const after = scores();
  optimizer.dispose();
  model.dispose();
  return { losses, before, after };
}

/** Mean over rows of the positive's cosine less the mean of all other documents'. */
export function separation(cosines: readonly (readonly number[])[]): number {
  const margins = cosines.map((row, i) => {
    const others = row.filter((_, j) => j !== i);
    return (row[i] as number) - others.reduce((sum, x) => sum + x, 0) / others.length;
  });
  return margins.reduce((sum, x) => sum + x, 0) / margins.length;
}

/** Vectors that make trouble: zero, identical, opposite, tiny, huge. [5, 4] each. */
export const awkward = (): {
  readonly anchors: Tensor;
  readonly positives: Tensor;
  readonly negatives: Tensor;
} => ({
  anchors: tensor([
    [0, 0, 0, 0],
    [1, 2, 3, 4],
    [1, 2, 3, 4],
    [1e-9, 0, 0, 0],
    [1e9, -1e9, 0, 1],
  ]),
  positives: tensor([
    [1, 2, 3, 4],
    [1, 2, 3, 4],
    [-1, -2, -3, -4],
    [0, 0, 0, 0],
    [1e9, -1e9, 0, 1],
  ]),
  negatives: tensor([
    [0, 0, 0, 0],
    [1, 2, 3, 4],
    [-1, -2, -3, -4],
    [1e-9, 0, 0, 0],
    [1, 1, 1, 1],
  ]),
});
