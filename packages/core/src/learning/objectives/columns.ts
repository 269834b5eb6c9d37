import type { Tensor } from '@ragwright/torch';
import { atLeastFloat32 } from '../batches/embedMiniBatch.ts';
import type { EmbeddingBatch } from '../batches/types.ts';
import { ObjectiveError } from './errors.ts';
import type { EmbeddingObjective } from './types.ts';

/** The columns of a batch by what they are. */
export interface Columns {
  /** [B, d] */
  readonly anchors: Tensor;
  /** [B, d] */
  readonly positives: Tensor;
  /** [B, d] each */
  readonly negatives: readonly Tensor[];
  /** B */
  readonly rows: number;
}

/**
 * Checks the embeddings against the batch and what the loss needs, and tells the columns apart. Half-precision
 * embeddings (autocast) become float32: losses are never computed in less.
 *
 * @throws ObjectiveError naming what is missing
 */
export function columnsOf(
  objective: Pick<EmbeddingObjective, 'name' | 'needs'>,
  embeddings: readonly Tensor[],
  batch: EmbeddingBatch,
): Columns {
  checkColumns(objective, embeddings.length);
  const rows = embeddings[0]?.shape[0] ?? 0;
  checkRows(objective, rows, embeddings.length);
  for (const [i, column] of embeddings.entries()) {
    const wanted = [rows, embeddings[0]?.shape[1]];
    if (String(column.shape) === String(wanted)) continue;
    const expected = `embeddings [${wanted}] in every column`;
    throw new ObjectiveError({
      objective: objective.name,
      expected,
      got: `[${column.shape}] in column ${i}`,
    });
  }
  if (batch.rows.length !== rows) {
    const got = `${batch.rows.length} rows in the batch`;
    throw new ObjectiveError({ objective: objective.name, expected: `${rows} rows, as embeddings`, got });
  }
  const [anchors, positives, ...negatives] = embeddings.map(atLeastFloat32) as [Tensor, Tensor, ...Tensor[]];
  return { anchors, positives, negatives, rows };
}

/** @throws ObjectiveError if there are too few or too many columns */
export function checkColumns(
  { name, needs }: Pick<EmbeddingObjective, 'name' | 'needs'>,
  columns: number,
): void {
  const { negatives: least = 0, maxNegatives: most = Number.POSITIVE_INFINITY } = needs;
  const negatives = columns - 2;
  if (negatives >= least && negatives <= most) return;
  const wanted =
    most === Number.POSITIVE_INFINITY
      ? `at least ${least}`
      : least === most
        ? `${least}`
        : `${least} to ${most}`;
  throw new ObjectiveError({
    objective: name,
    field: 'negatives',
    expected: `query, positive and ${wanted} hard negative${wanted === '1' || wanted === 'at least 1' ? '' : 's'} in each row`,
    got: columns < 2 ? `${columns} columns` : `${negatives} hard negatives`,
    ...(negatives > most && { hint: 'the loss would not look at them: leave them out' }),
    ...(negatives < least &&
      columns >= 2 && { hint: 'mine hard negatives first, or use MultipleNegativesRanking' }),
  });
}

/** @throws ObjectiveError if there are too few rows to learn from */
export function checkRows(
  { name, needs }: Pick<EmbeddingObjective, 'name' | 'needs'>,
  rows: number,
  columns: number,
): void {
  const least = leastRows(needs, columns - 2);
  if (rows >= least) return;
  throw new ObjectiveError({
    objective: name,
    field: 'rows',
    expected: `at least ${least} row${least === 1 ? '' : 's'} in the batch`,
    got: rows === 0 ? 'an empty batch' : `a batch of ${rows}`,
    hint: 'with fewer there is nothing to learn: let the sampler drop smaller batches (minRows)',
  });
}

/** Fewest rows of a batch from which the loss learns anything, where each row has so many hard negatives. */
export function leastRows(needs: EmbeddingObjective['needs'], negatives: number): number {
  const { rows = 1, rowsWithNegatives = rows } = needs;
  return negatives > 0 ? rowsWithNegatives : rows;
}
