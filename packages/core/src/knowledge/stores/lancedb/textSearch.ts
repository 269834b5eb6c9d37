import { Index, MatchQuery, type Table } from '@lancedb/lancedb';
import type { RankedChunk } from '../../types.ts';
import { bestOfGrowing, rankedRow } from './rows.ts';

/** The terms are made by us, so the index only splits at the spaces between them: BM25 is the same in all stores. */
const termsIndex = (): Index =>
  Index.fts({
    baseTokenizer: 'whitespace',
    lowercase: false,
    stem: false,
    removeStopWords: false,
    asciiFolding: false,
    withPosition: false,
    maxTokenLength: 1000,
  });

/** Queries that LanceDB works on at a time. */
const parallel = 8;

/** Makes the index over the terms from all rows. */
export const indexTerms = (table: Table): Promise<void> =>
  table.createIndex('terms', { config: termsIndex(), replace: true });

export async function searchTerms(
  table: Table,
  queries: readonly (readonly string[])[],
  k: number,
  where: string | undefined,
): Promise<RankedChunk[][]> {
  const results = new Array<RankedChunk[]>(queries.length);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < queries.length) {
      const i = next++;
      results[i] = await searchOne(table, queries[i] as readonly string[], k, where);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, queries.length) }, work));
  return results;
}

async function searchOne(
  table: Table,
  terms: readonly string[],
  k: number,
  where: string | undefined,
): Promise<RankedChunk[]> {
  if (terms.length === 0) return [];
  return bestOfGrowing(k, async (limit) => {
    const query = table.query().fullTextSearch(new MatchQuery(terms.join(' '), 'terms'));
    if (where !== undefined) query.where(where);
    const rows = await query.select(['chunk', '_score']).limit(limit).toArray();
    return rows.map((row) => rankedRow(row, row._score));
  });
}
