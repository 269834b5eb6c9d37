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
 * Settings for this transaction's vector search. Without a filter the planner is kept from reading all rows (it takes
 * distances for cheap) if there is an index. With one, pgvector 0.8 goes on in the index until it has enough rows; an
 * older one would end with too few, so it must not use the index.
 */
export async function allowIndex(run: Run, candidates: number, hasFilter: boolean): Promise<void> {
  const [row] = await run<{ continues: boolean }>(
    `SELECT string_to_array(extversion, '.')::int[] >= '{0,8}' AS continues FROM pg_extension WHERE extname = 'vector'`,
  );
  const settings: [name: string, value: string][] = [
    ['hnsw.ef_search', String(Math.min(candidates, mostEf))],
  ];
  if (row?.continues) settings.push(['hnsw.iterative_scan', 'strict_order']);
  if (!hasFilter) settings.push(['enable_seqscan', 'off']);
  else if (!row?.continues) settings.push(['enable_indexscan', 'off']);
  for (const [name, value] of settings) await run('SELECT set_config($1, $2, true)', [name, value]);
}
