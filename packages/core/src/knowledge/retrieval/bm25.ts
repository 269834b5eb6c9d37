import type { KnowledgeStore, RankedChunk, RetrieveOptions, Retriever } from '../types.ts';
import { searchBoosted } from './boosts.ts';

/** Chunks that share words with the query, by BM25; all queries in one call. */
export function bm25Retriever(store: KnowledgeStore): Retriever {
  return {
    async retrieve(queries: readonly string[], options: RetrieveOptions): Promise<RankedChunk[][]> {
      options.signal?.throwIfAborted();
      if (queries.length === 0) return [];
      return searchBoosted((search) => store.searchText(queries, search), options);
    },
  };
}
