import { timestampMs } from '../../filters/index.ts';
import { countTerms, searchableText } from '../../terms/index.ts';
import type { EmbeddedChunk, SparseVector } from '../../types.ts';
import { storableText } from '../checks.ts';
import type { Run } from './database.ts';
import type { Names } from './tables.ts';

/** Rows in one statement. */
const page = 500;

/** Adds rows or replaces them by id, and keeps the statistics right. */
export async function putRows(
  run: Run,
  names: Names,
  chunks: readonly EmbeddedChunk[],
  analyze: (text: string) => string[],
): Promise<void> {
  for (let start = 0; start < chunks.length; start += page) {
    const some = chunks.slice(start, start + page);
    const counts = some.map(({ chunk }) => countTerms(analyze(searchableText(chunk))));
    const rows = some.map((one, i) => toRow(one, counts[i] as Map<string, number>));
    await removeRows(run, names, 'id = ANY($1::text[])', [rows.map(({ id }) => id)]);
    const columns = Object.keys(rows[0] ?? {}).join(', ');
    await run(
      `INSERT INTO ${names.chunks} (${columns}) SELECT ${columns} FROM jsonb_to_recordset($1::text::jsonb) AS row(
         id text, document_id text, source text, title text, domain text, timestamp_ms float8, boost_tags text[],
         metadata jsonb, chunk text, terms text[], length integer, embedding vector, sparse_indices integer[])`,
      [JSON.stringify(rows)],
    );
    const postings = rows.map(({ id, length, terms }, i) => {
      return { id, length, terms, frequencies: [...(counts[i]?.values() ?? [])] };
    });
    await run(
      `INSERT INTO ${names.postings} (term, chunk, frequency, length)
       SELECT one.term, row.id, one.frequency, row.length
       FROM jsonb_to_recordset($1::text::jsonb) AS row(id text, length integer, terms text[], frequencies integer[]),
         unnest(row.terms, row.frequencies) AS one(term, frequency)`,
      [JSON.stringify(postings)],
    );
    const weights = some
      .filter(({ sparse }) => sparse)
      .map(({ chunk, sparse }) => ({ id: chunk.id, ...numbersOf(sparse as SparseVector) }));
    await run(
      `INSERT INTO ${names.weights} (index, chunk, weight)
       SELECT one.index, row.id, one.weight
       FROM jsonb_to_recordset($1::text::jsonb) AS row(id text, indices integer[], values float8[]),
         unnest(row.indices, row.values) AS one(index, weight)`,
      [JSON.stringify(weights)],
    );
    const length = rows.reduce((sum, row) => sum + row.length, 0);
    await count(run, names, rows.length, length);
  }
}

/** @returns how many were removed */
export async function removeRows(
  run: Run,
  names: Names,
  where: string,
  parameters: Parameters<Run>[1],
): Promise<number> {
  const [removed] = await run<{ chunks: string; terms: string }>(
    `WITH removed AS (DELETE FROM ${names.chunks} WHERE ${where} RETURNING id, terms, length, sparse_indices),
     postings AS (
       DELETE FROM ${names.postings} AS p USING (SELECT id, unnest(terms) AS term FROM removed) AS r
       WHERE p.term = r.term AND p.chunk = r.id
     ),
     weights AS (
       DELETE FROM ${names.weights} AS w USING (SELECT id, unnest(sparse_indices) AS index FROM removed) AS r
       WHERE w.index = r.index AND w.chunk = r.id
     )
     SELECT count(*) AS chunks, coalesce(sum(length), 0) AS terms FROM removed`,
    parameters,
  );
  const chunks = Number(removed?.chunks);
  if (chunks > 0) await count(run, names, -chunks, -Number(removed?.terms));
  return chunks;
}

const count = (run: Run, names: Names, chunks: number, terms: number): Promise<unknown> =>
  run(`UPDATE ${names.statistics} SET chunks = chunks + $1::bigint, terms = terms + $2::bigint`, [
    chunks,
    terms,
  ]);

export const vectorText = (vector: Float32Array): string => `[${vector.join(',')}]`;

/** Plain numbers for JSON; a double holds every float32. */
export const numbersOf = ({ indices, values }: SparseVector) => ({
  indices: [...indices],
  values: [...values],
});

function toRow({ chunk, vector, sparse }: EmbeddedChunk, counts: ReadonlyMap<string, number>) {
  return {
    id: chunk.id,
    document_id: chunk.documentId,
    source: storable(chunk.source),
    title: storable(chunk.title),
    domain: storable(chunk.domain),
    timestamp_ms: chunk.timestamp === undefined ? null : (timestampMs(chunk.timestamp) ?? null),
    boost_tags: chunk.boostTags?.map(storableText) ?? null,
    metadata: Object.fromEntries(
      Object.entries(chunk.metadata).map(([key, value]) => [key, storableValue(value)]),
    ),
    chunk: JSON.stringify(chunk),
    terms: [...counts.keys()],
    length: [...counts.values()].reduce((a, b) => a + b, 0),
    embedding: vector === undefined ? null : vectorText(vector),
    sparse_indices: sparse === undefined ? null : [...sparse.indices],
  };
}

const storable = (text: string | undefined): string | null =>
  text === undefined ? null : storableText(text);

function storableValue(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  return Array.isArray(value) ? value.map(storableText) : value;
}
