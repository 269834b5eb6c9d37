import { ConfigError } from '../../base/errors.ts';
import type {
  ChunkFilter,
  KnowledgeStore,
  MultiVector,
  MultiVectorEmbedder,
  RankedChunk,
  RetrieveOptions,
  Retriever,
  SearchOptions,
} from '../types.ts';
import { searchBoosted } from './boosts.ts';

export interface MultiVectorOptions {
  /**
   * Finds the chunks whose stored token vectors are then compared; default: all chunks of the store are. For large stores,
   * with a dense, sparse or BM25 retriever on the same store: much less work, but what it misses stays missed.
   */
  readonly candidates?: Retriever;
  /** Candidates of a query, at least as many as results are wanted; default 200. */
  readonly depth?: number;
}

/**
 * Best chunks by late interaction (MaxSim; ColBERT, arXiv 2004.12832) over token vectors in the store. All queries are
 * embedded in one call. The store must hold the same model's token vectors.
 *
 * @throws ConfigError if the depth is no whole number above zero; StoreError of reason `unsupported` from a store without
 * token vectors
 *
 * @example
 * const first = hybridRetriever([denseRetriever(store, dense), bm25Retriever(store)]);
 * const retriever = multiVectorRetriever(store, colbert, { candidates: first });
 */
export function multiVectorRetriever(
  store: KnowledgeStore,
  embedder: MultiVectorEmbedder,
  { candidates, depth = 200 }: MultiVectorOptions = {},
): Retriever {
  if (!Number.isSafeInteger(depth) || depth < 1) {
    const problem = { field: 'depth', expected: 'a whole number above zero', got: String(depth) };
    throw new ConfigError('multi-vector retriever options', [problem]);
  }
  return {
    async retrieve(queries: readonly string[], options: RetrieveOptions): Promise<RankedChunk[][]> {
      const { signal } = options;
      signal?.throwIfAborted();
      if (queries.length === 0) return [];
      const vectors = await embedder.embedQueries(queries, signal === undefined ? {} : { signal });
      signal?.throwIfAborted();
      if (candidates === undefined) {
        return searchBoosted((search) => store.searchMultiVector(vectors, search), options);
      }
      const found = await candidates.retrieve(queries, { ...options, k: Math.max(depth, options.k) });
      const results: RankedChunk[][] = [];
      for (const [i, list] of found.entries()) {
        signal?.throwIfAborted();
        const search = among(store, vectors[i] as MultiVector, list);
        results.push((await searchBoosted(search, options))[0] ?? []);
      }
      return results;
    },
  };
}

/** A search for one query among some chunks. */
const among =
  (store: KnowledgeStore, query: MultiVector, list: readonly RankedChunk[]) =>
  async ({ k, filter }: SearchOptions): Promise<RankedChunk[][]> => {
    const ids: ChunkFilter = { id: { in: list.map(({ chunk }) => chunk.id) } };
    return store.searchMultiVector([query], {
      k,
      filter: filter === undefined ? ids : { and: [ids, filter] },
    });
  };
