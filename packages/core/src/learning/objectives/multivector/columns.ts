import { cat } from '@ragwright/torch';
import type { TokenVectors } from '../../../models/multivector/index.ts';
import { atLeastFloat32 } from '../../batches/embedMiniBatch.ts';
import type { EmbeddingBatch } from '../../batches/types.ts';
import { checkColumns, checkRows } from '../columns.ts';
import { ObjectiveError } from '../errors.ts';
import type { MultiVectorObjective } from './types.ts';

export interface MultiVectorColumns {
  readonly queries: TokenVectors;
  readonly positives: TokenVectors;
  readonly negatives: readonly TokenVectors[];
  /** B */
  readonly rows: number;
}

/**
 * Checks the vectors against the batch and what the loss needs, and tells the columns apart. Half-precision vectors
 * (autocast) become float32: losses are never computed in less.
 *
 * @throws ObjectiveError naming what is missing
 */
export function tokenColumnsOf(
  { name, needs }: Pick<MultiVectorObjective, 'name' | 'needs'>,
  columns: readonly TokenVectors[],
  batch: Pick<EmbeddingBatch, 'rows' | 'indexes'>,
): MultiVectorColumns {
  checkColumns({ name, needs }, columns.length);
  const rows = batch.rows.length;
  checkRows({ name, needs }, rows, columns.length);
  const fault = (expected: string, got: string, row?: number) =>
    new ObjectiveError({ objective: name, expected, got, ...(row !== undefined && { row }) });
  const width = columns[0]?.vectors.shape[1];
  for (const [i, { vectors, lengths }] of columns.entries()) {
    if (lengths.length !== rows) throw fault(`vectors of ${rows} texts`, `${lengths.length} in column ${i}`);
    const total = lengths.reduce((sum, length) => sum + length, 0);
    if (String(vectors.shape) !== String([total, width]))
      throw fault(`vectors [${total},${width}] in column ${i}`, `[${vectors.shape}]`);
    const empty = lengths.indexOf(0);
    if (empty >= 0)
      throw fault(`at least one vector per text in column ${i}`, 'none', batch.indexes[empty] ?? empty);
  }
  const wide = columns.map(({ vectors, lengths }) => ({ vectors: atLeastFloat32(vectors), lengths }));
  const [queries, positives, ...negatives] = wide as [TokenVectors, TokenVectors, ...TokenVectors[]];
  return { queries, positives, negatives, rows };
}

/** The texts of all columns, one column after the other. */
export const joined = (columns: readonly TokenVectors[]): TokenVectors => ({
  vectors: cat(
    columns.map(({ vectors }) => vectors),
    0,
  ),
  lengths: columns.flatMap(({ lengths }) => lengths),
});
