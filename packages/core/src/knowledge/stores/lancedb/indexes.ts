import { Index, type Table } from '@lancedb/lancedb';
import { indexTerms } from './textSearch.ts';
import { indexTokens, tokenIndexName } from './tokenSearch.ts';
import type { VectorColumns } from './vectorColumns.ts';
import { indexVectors, vectorIndexName } from './vectorSearch.ts';

/** Columns that are looked up by value often. */
const scalarIndexes: readonly (readonly [column: string, make: () => Index])[] = [
  ['id', Index.btree],
  ['document_id', Index.btree],
  ['domain', Index.bitmap],
  ['boost_tags', Index.labelList],
];

interface IndexedTable {
  readonly table: Table;
  readonly rows: number;
  readonly found: VectorColumns;
}

/**
 * Compacts the files, brings the indexes up to date, makes those that are missing (if there are enough rows), and
 * removes versions that are older than the given time.
 */
export async function buildIndexes(
  { table, rows, found }: IndexedTable,
  indexAbove: number,
  olderThan: Date,
): Promise<void> {
  const before = await table.listIndices();
  // An index's parts were made for the rows of then.
  const isOutdated = (name: string): boolean => {
    const index = before.find((one) => one.name === name);
    return index === undefined || (index.numUnindexedRows ?? 0) > rows / 3;
  };
  await table.optimize({ cleanupOlderThan: olderThan });
  if (rows === 0) return;
  // Of many rows `optimize` has added the new ones to the index, and a few deleted ones don't change the statistics.
  if (rows < indexAbove) return indexTerms(table);
  const existing = new Set((await table.listIndices()).map(({ name }) => name));
  if (!existing.has('terms_idx')) await indexTerms(table);
  for (const [column, make] of scalarIndexes) {
    if (!existing.has(`${column}_idx`)) await table.createIndex(column, { config: make() });
  }
  if (found.dimensions !== undefined && isOutdated(vectorIndexName)) {
    const vectors = await table.countRows('vector IS NOT NULL');
    if (vectors > 0) await indexVectors(table, vectors, found.dimensions);
  }
  if (found.tokenDimensions !== undefined && isOutdated(tokenIndexName)) await indexTokens(table);
}
