import type { Embedder, KnowledgeStore, RankedChunk, RetrieveOptions, Retriever } from '../types.ts';
import { searchBoosted } from './boosts.ts';

/** Nearest chunks by cosine: all queries are embedded in one call and searched for in one. */
export function denseRetriever(store: KnowledgeStore, embedder: Embedder): Retriever {
  return {
    async retrieve(queries: readonly string[], options: RetrieveOptions): Promise<RankedChunk[][]> {
      const { signal } = options;
      signal?.throwIfAborted();
      if (queries.length === 0) return [];
      const vectors = await embedder.embedQueries(queries, signal === undefined ? {} : { signal });
      signal?.throwIfAborted();
      return searchBoosted((search) => store.searchDense(vectors, search), options);
    },
  };
}
