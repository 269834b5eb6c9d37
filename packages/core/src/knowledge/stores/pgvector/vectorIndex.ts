import type { Run } from './database.ts';
import type { Names } from './tables.ts';

/** pgvector's own limits. */
const mostDimensions = 2000;
const mostEf = 1000;

/** Builds the HNSW index if there are enough rows, and brings the planner's statistics up to date. */
export async function buildIndex(
  run: Run,
  names: Names,
  dimensions: number | undefined,
  indexAbove: number,
): Promise<void> {
  const [row] = await run<{ chunks: string }>(`SELECT chunks FROM ${names.statistics}`);
  if (dimensions === undefined || dimensions > mostDimensions || Number(row?.chunks) < indexAbove) return;
  await run(
    `CREATE INDEX IF NOT EXISTS ${names.vectorIndex} ON ${names.chunks} USING hnsw (embedding vector_cosine_ops)`,
  );
}

/**
 * Settings for this transaction's vector search, if there is an index. Without a filter the planner is kept from reading
 * all rows: it takes distances for cheap. With one, pgvector 0.8 goes on in the index until it has enough rows; an older
 * one would end with too few, so it must not use the index.
 *
 * @returns whether the index may be used
 */
export async function allowIndex(
  run: Run,
  names: Names,
  candidates: number,
  hasFilter: boolean,
): Promise<boolean> {
  const [row] = await run<{ continues: boolean; exists: boolean }>(
    `SELECT string_to_array(extversion, '.')::int[] >= '{0,8}' AS continues, to_regclass($1) IS NOT NULL AS exists
     FROM pg_extension WHERE extname = 'vector'`,
    [`${names.schema}.${names.vectorIndex}`],
  );
  if (row === undefined || !row.exists || (hasFilter && !row.continues)) return false;
  const settings: [name: string, value: string][] = [
    ['hnsw.ef_search', String(Math.min(candidates, mostEf))],
  ];
  if (row.continues) settings.push(['hnsw.iterative_scan', 'strict_order']);
  if (!hasFilter) settings.push(['enable_seqscan', 'off']);
  for (const [name, value] of settings) await run('SELECT set_config($1, $2, true)', [name, value]);
  return true;
}
