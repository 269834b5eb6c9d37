import type { Run } from './database.ts';

/** Quoted names of everything the store has in the database; the parts were checked to be plain identifiers. */
export interface Names {
  readonly schema: string;
  readonly chunks: string;
  readonly postings: string;
  /** Of sparse vectors. */
  readonly weights: string;
  readonly facts: string;
  readonly statistics: string;
  /** Of the vector index, without schema. */
  readonly vectorIndex: string;
  readonly table: string;
}

export const namesOf = (schema: string, table: string): Names => ({
  schema: `"${schema}"`,
  chunks: `"${schema}"."${table}"`,
  postings: `"${schema}"."${table}_postings"`,
  weights: `"${schema}"."${table}_weights"`,
  facts: `"${schema}"."${table}_facts"`,
  statistics: `"${schema}"."${table}_statistics"`,
  vectorIndex: `"${table}_embedding_hnsw"`,
  table,
});

/** What is known of the tables at the moment. */
export interface View {
  readonly exists: boolean;
  /** Of the vectors in it; undefined while there are none. */
  readonly dimensions: number | undefined;
}

/** Writers come one after the other: statistics stay right, and no two wait for each other's rows. */
export const lock = (run: Run, names: Names): Promise<unknown> =>
  run('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [names.chunks]);

/** Facts and statistics; the table of the chunks is made with the first of them. */
export async function makeTables(run: Run, names: Names): Promise<void> {
  await lock(run, names);
  await run('CREATE EXTENSION IF NOT EXISTS vector');
  if (names.schema !== '"public"') await run(`CREATE SCHEMA IF NOT EXISTS ${names.schema}`);
  await run(`CREATE TABLE IF NOT EXISTS ${names.facts} (name text PRIMARY KEY, value text NOT NULL)`);
  await run(`CREATE TABLE IF NOT EXISTS ${names.statistics} (chunks bigint NOT NULL, terms bigint NOT NULL)`);
  const statistics = `INSERT INTO ${names.statistics} SELECT 0, 0`;
  await run(`${statistics} WHERE NOT EXISTS (SELECT FROM ${names.statistics})`);
}

/** @param dimensions undefined while no chunk has a vector */
export async function makeChunksTable(run: Run, names: Names, dimensions: number | undefined): Promise<void> {
  // Texts are ordered by their bytes, as in all stores. The chunk itself is JSON in a text: json types refuse \u0000.
  const text = 'text COLLATE "C"';
  await run(`
    CREATE TABLE ${names.chunks} (
      id ${text} PRIMARY KEY,
      document_id ${text} NOT NULL,
      source ${text},
      title ${text},
      domain ${text},
      timestamp_ms float8,
      boost_tags text[],
      metadata jsonb NOT NULL,
      chunk text NOT NULL,
      terms text[] NOT NULL,
      length integer NOT NULL,
      embedding ${vectorType(dimensions)},
      sparse_indices integer[]
    )`);
  for (const column of ['document_id', 'domain']) {
    await run(`CREATE INDEX ON ${names.chunks} (${column})`);
  }
  for (const column of ['boost_tags', 'metadata jsonb_path_ops']) {
    await run(`CREATE INDEX ON ${names.chunks} USING gin (${column})`);
  }
  // BM25 reads nothing but this index: a term's chunks, how often it stands in each, and how long they are.
  await run(`
    CREATE TABLE ${names.postings} (
      term ${text},
      chunk ${text},
      frequency integer NOT NULL,
      length integer NOT NULL,
      PRIMARY KEY (term, chunk) INCLUDE (frequency, length)
    )`);
  await makeWeightsTable(run, names);
}

/** As the postings: a search of sparse vectors reads nothing but this index. */
const makeWeightsTable = (run: Run, names: Names): Promise<unknown> =>
  run(`
    CREATE TABLE ${names.weights} (
      index integer,
      chunk text COLLATE "C",
      weight float8 NOT NULL,
      PRIMARY KEY (index, chunk) INCLUDE (weight)
    )`);

/** Lets a table that was made before there were sparse vectors take them, and chunks without a vector. */
export async function upgradeChunksTable(run: Run, names: Names): Promise<void> {
  const [old] = await run<{ exists: boolean }>(
    'SELECT to_regclass($1) IS NOT NULL AND to_regclass($2) IS NULL AS exists',
    [names.chunks, names.weights],
  );
  if (!old?.exists) return;
  await run(`ALTER TABLE ${names.chunks} ALTER COLUMN embedding DROP NOT NULL`);
  await run(`ALTER TABLE ${names.chunks} ADD COLUMN sparse_indices integer[]`);
  await makeWeightsTable(run, names);
}

const vectorType = (dimensions: number | undefined): string =>
  dimensions === undefined ? 'vector' : `vector(${dimensions})`;

/** Lets a table without vectors take those of another length. */
export async function changeDimensions(run: Run, names: Names, dimensions: number): Promise<void> {
  await run(`DROP INDEX IF EXISTS ${names.schema}.${names.vectorIndex}`);
  await run(`ALTER TABLE ${names.chunks} ALTER COLUMN embedding TYPE vector(${dimensions})`);
}

export async function viewTables(
  run: Run,
  names: Names,
): Promise<View & { readonly typed: number | undefined }> {
  const [found] = await run<{ typed: number }>(
    `SELECT atttypmod AS typed FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attname = 'embedding' AND NOT attisdropped`,
    [names.chunks],
  );
  if (found === undefined) return { exists: false, dimensions: undefined, typed: undefined };
  const typed = found.typed > 0 ? found.typed : undefined; // −1: of any length, as no vector was in it yet
  const [row] = await run<{ filled: boolean }>(`SELECT EXISTS (SELECT FROM ${names.chunks}) AS filled`);
  return { exists: true, dimensions: row?.filled ? typed : undefined, typed };
}
