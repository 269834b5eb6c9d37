import type { Chunk } from '../../../corpus/chunks/types.ts';
import { countTerms, inverseDocumentFrequency } from '../../terms/index.ts';
import type { RankedChunk, SparseVector } from '../../types.ts';
import type { Parameter, Run } from './database.ts';
import { numbersOf, vectorText } from './rows.ts';
import type { Names } from './tables.ts';

/** A condition with its parameters, which come behind the search's own. */
export type Where = (parameters: Parameter[]) => string;

interface Found {
  /** Of the query, from 1. */
  readonly query: number;
  readonly chunk: string;
  readonly score: number;
}

/** More than k, of which ties at the end are told apart by id; the index knows no second key. */
const margin = 8;

/**
 * By cosine, all queries in one statement.
 *
 * @param isIndexed whether to ask in the way that the index can answer
 */
export async function searchVectors(
  run: Run,
  names: Names,
  queries: readonly Float32Array[],
  k: number,
  where: Where,
  isIndexed: boolean,
): Promise<RankedChunk[][]> {
  const parameters: Parameter[] = [queries.map(vectorText), isIndexed ? k + margin : k];
  // Materialized, or the text would be read as a vector anew for every row.
  const rows = await run<Found>(
    `WITH q AS MATERIALIZED (
       SELECT text::vector AS vector, number::int FROM unnest($1::text[]) WITH ORDINALITY AS t(text, number)
     )
     SELECT q.number AS query, found.chunk, found.score
     FROM q CROSS JOIN LATERAL (
       SELECT id, chunk, 1 - (embedding <=> q.vector) AS score
       FROM ${names.chunks} WHERE embedding IS NOT NULL AND ${where(parameters)}
       ORDER BY embedding <=> q.vector ${isIndexed ? '' : ', id'} LIMIT $2::int
     ) AS found
     ORDER BY q.number, found.score DESC, found.id`,
    parameters,
  );
  return byQuery(queries.length, rows).map((list) => list.slice(0, k));
}

/** By BM25, all queries in one statement. Statistics are of all chunks, whatever the filter says. */
export async function searchTerms(
  run: Run,
  names: Names,
  queries: readonly (readonly string[])[],
  k: number,
  where: Where,
  { k1, b }: { readonly k1: number; readonly b: number },
): Promise<RankedChunk[][]> {
  const [statistics] = await run<{ chunks: string; terms: string }>(
    `SELECT chunks, terms FROM ${names.statistics}`,
  );
  const chunks = Number(statistics?.chunks);
  const average = Math.max(1, Number(statistics?.terms)) / Math.max(1, chunks);
  const frequencies = await termFrequencies(run, names, [...new Set(queries.flat())]);
  const weighted = queries.map((query, i) => {
    const counts = [...countTerms(query)].filter(([term]) => frequencies.has(term));
    const weight = ([term, times]: [string, number]): number =>
      times * inverseDocumentFrequency(chunks, frequencies.get(term) as number) * (k1 + 1);
    return { number: i + 1, terms: counts.map(([term]) => term), weights: counts.map(weight) };
  });
  const asked = weighted.filter(({ terms }) => terms.length > 0);
  if (asked.length === 0) return queries.map(() => []);
  const parameters: Parameter[] = [JSON.stringify(asked), k, k1, b, average];
  const condition = where(parameters);
  const filtered =
    condition === 'TRUE' ? '' : `JOIN ${names.chunks} AS c ON c.id = p.chunk WHERE ${condition}`;
  const length = '$3::float8 * (1 - $4::float8 + $4::float8 * p.length::float8 / $5::float8)';
  const rows = await run<Found>(
    `WITH q AS MATERIALIZED (
       SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS t(number int, terms text[], weights float8[])
     )
     SELECT q.number AS query, stored.chunk, found.score
     FROM q CROSS JOIN LATERAL (
       SELECT p.chunk AS id, sum(w.weight * p.frequency::float8 / (p.frequency::float8 + ${length})) AS score
       FROM unnest(q.terms, q.weights) AS w(term, weight) JOIN ${names.postings} AS p ON p.term = w.term ${filtered}
       GROUP BY p.chunk ORDER BY score DESC, p.chunk LIMIT $2::int
     ) AS found
     JOIN ${names.chunks} AS stored ON stored.id = found.id
     ORDER BY q.number, found.score DESC, found.id`,
    parameters,
  );
  return byQuery(queries.length, rows);
}

/**
 * By dot product of sparse vectors, all queries in one statement. Products are added up in the order of the places, so
 * that equal vectors have equal scores.
 */
export async function searchSparse(
  run: Run,
  names: Names,
  queries: readonly SparseVector[],
  k: number,
  where: Where,
): Promise<RankedChunk[][]> {
  const asked = queries.map((query, i) => ({ number: i + 1, ...numbersOf(query) }));
  const parameters: Parameter[] = [JSON.stringify(asked), k];
  const condition = where(parameters);
  const filtered =
    condition === 'TRUE' ? '' : `JOIN ${names.chunks} AS c ON c.id = w.chunk WHERE ${condition}`;
  const score = 'sum(q1.value * w.weight ORDER BY w.index)';
  const rows = await run<Found>(
    `WITH q AS MATERIALIZED (
       SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS t(number int, indices integer[], values float8[])
     )
     SELECT q.number AS query, stored.chunk, found.score
     FROM q CROSS JOIN LATERAL (
       SELECT w.chunk AS id, ${score} AS score
       FROM unnest(q.indices, q.values) AS q1(index, value) JOIN ${names.weights} AS w ON w.index = q1.index ${filtered}
       GROUP BY w.chunk HAVING ${score} > 0 ORDER BY score DESC, w.chunk LIMIT $2::int
     ) AS found
     JOIN ${names.chunks} AS stored ON stored.id = found.id
     ORDER BY q.number, found.score DESC, found.id`,
    parameters,
  );
  return byQuery(queries.length, rows);
}

/** In how many chunks each term stands; without terms that stand in none. */
async function termFrequencies(
  run: Run,
  names: Names,
  terms: readonly string[],
): Promise<Map<string, number>> {
  const rows = await run<{ term: string; frequency: string }>(
    `SELECT asked.term, (SELECT count(*) FROM ${names.postings} AS p WHERE p.term = asked.term) AS frequency
     FROM unnest($1::text[]) AS asked(term)`,
    [terms],
  );
  const counts = rows.map(({ term, frequency }): [string, number] => [term, Number(frequency)]);
  return new Map(counts.filter(([, frequency]) => frequency > 0));
}

function byQuery(queries: number, rows: readonly Found[]): RankedChunk[][] {
  const results = Array.from({ length: queries }, (): RankedChunk[] => []);
  for (const { query, chunk, score } of rows) {
    results[query - 1]?.push({ chunk: JSON.parse(chunk) as Chunk, score: Number(score) });
  }
  return results;
}
