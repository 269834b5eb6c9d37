import { compareText } from '../filters/index.ts';
import type { RankedChunk, RetrieveOptions, Retriever } from '../types.ts';

/** A document found for a query, by the best of its chunks. */
export interface RankedDocument {
  readonly documentId: string;
  readonly score: number;
}

/** Documents instead of chunks: each has the score of its best chunk; ties by id. */
export function rankDocuments(ranked: readonly RankedChunk[]): RankedDocument[] {
  const best = new Map<string, number>();
  for (const { chunk, score } of ranked) {
    if (score > (best.get(chunk.documentId) ?? Number.NEGATIVE_INFINITY)) best.set(chunk.documentId, score);
  }
  return [...best]
    .map(([documentId, score]) => ({ documentId, score }))
    .sort((a, b) => b.score - a.score || compareText(a.documentId, b.documentId));
}

/**
 * The best k documents for each query, for evaluation by document. Asks for more and more chunks until every query has
 * its k documents, or nothing more is found.
 */
export async function retrieveDocuments(
  retriever: Retriever,
  queries: readonly string[],
  options: RetrieveOptions,
): Promise<RankedDocument[][]> {
  const results: RankedDocument[][] = queries.map(() => []);
  let open = queries.map((_, i) => i);
  for (let k = 2 * options.k; open.length > 0; k *= 4) {
    const lists = await retriever.retrieve(
      open.map((i) => queries[i] as string),
      { ...options, k },
    );
    open = open.filter((query, i) => {
      const list = lists[i] ?? [];
      const documents = rankDocuments(list);
      results[query] = documents.slice(0, options.k);
      return documents.length < options.k && list.length >= k;
    });
  }
  return results;
}
