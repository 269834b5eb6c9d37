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
  await run(`ANALYZE ${names.chunks}`);
  const [row] = await run<{ chunks: string }>(`SELECT chunks FROM ${names.statistics}`);
  if (dimensions === undefined || dimensions > mostDimensions || Number(row?.chunks) < indexAbove) return;
  await run(
    `CREATE INDEX IF NOT EXISTS ${names.vectorIndex} ON ${names.chunks} USING hnsw (embedding vector_cosine_ops)`,
  );
}

/** For this transaction: so many candidates, and with a filter more of them until there are enough (pgvector 0.8). */
export async function allowIndex(run: Run, candidates: number): Promise<void> {
  const ef = String(Math.min(candidates, mostEf));
  await run(
    `SELECT set_config('hnsw.ef_search', $1::text, true),
       CASE WHEN string_to_array(extversion, '.')::int[] >= '{0,8}'
         THEN set_config('hnsw.iterative_scan', 'strict_order', true) END
     FROM pg_extension WHERE extname = 'vector'`,
    [ef],
  );
}
