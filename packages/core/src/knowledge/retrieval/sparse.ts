import type { KnowledgeStore, RankedChunk, RetrieveOptions, Retriever, SparseEmbedder } from '../types.ts';
import { searchBoosted } from './boosts.ts';

/**
 * Best chunks by weights of terms that a model gives (SPLADE, arXiv 2107.05720): dot product, only scores above 0. All
 * queries are embedded in one call and searched for in one. The store must hold the same model's sparse vectors.
 */
export function sparseRetriever(store: KnowledgeStore, embedder: SparseEmbedder): Retriever {
  return {
    async retrieve(queries: readonly string[], options: RetrieveOptions): Promise<RankedChunk[][]> {
      const { signal } = options;
      signal?.throwIfAborted();
      if (queries.length === 0) return [];
      const vectors = await embedder.embedQueries(queries, signal === undefined ? {} : { signal });
      signal?.throwIfAborted();
      return searchBoosted((search) => store.searchSparse(vectors, search), options);
    },
  };
}
