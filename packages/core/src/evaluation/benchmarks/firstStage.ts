import type { Chunk } from '../../corpus/index.ts';
import { bm25Retriever, type HybridOptions, hybridRetriever } from '../../knowledge/retrieval/index.ts';
import { memoryStore } from '../../knowledge/stores/memory/index.ts';
import type { Bm25Options } from '../../knowledge/terms/index.ts';
import type { Embedder, EmbedOptions, Retriever } from '../../knowledge/types.ts';
import { exactIndexer } from './exactIndexer.ts';

/** How documents are found. */
export type FirstStage =
  | ({ readonly kind: 'bm25' } & Bm25Options)
  | { readonly kind: 'dense'; readonly embedder: Embedder }
  | ({
      readonly kind: 'hybrid';
      readonly embedder: Embedder;
      readonly bm25?: Bm25Options;
    } & HybridOptions);

/** Takes the documents of a corpus, batch after batch, and makes a retriever of them. */
export interface Indexer {
  add(chunks: readonly Chunk[], options?: EmbedOptions): Promise<void>;
  /** To be called once, after the last batch. */
  finish(): Retriever;
  dispose(): void;
}

/**
 * Anserini's BM25 for BEIR, where other implementations are compared with it ("k1 = 0.9, b = 0.4", Thakur et al. 2021,
 * over title and text); Lucene's own defaults, which our stores have, are 1.2 and 0.75.
 */
export const beirBm25 = { k1: 0.9, b: 0.4 } as const;

/** An indexer for a first stage; the caller's to dispose of. @throws ConfigError for wrong options */
export function createIndexer(stage: FirstStage): Indexer {
  switch (stage.kind) {
    case 'bm25':
      return bm25Indexer(stage);
    case 'dense':
      return exactIndexer(stage.embedder);
    case 'hybrid':
      return hybridIndexer([exactIndexer(stage.embedder), bm25Indexer(stage.bm25 ?? {})], stage);
  }
}

/** The store wants vectors; BM25 does not look at them. */
const anyVector = Float32Array.of(1);

function bm25Indexer({ k1 = beirBm25.k1, b = beirBm25.b, language = 'english' }: Bm25Options): Indexer {
  const store = memoryStore({ k1, b, language });
  return {
    add: async (chunks) => {
      await store.upsert(chunks.map((chunk) => ({ chunk, vector: anyVector })));
    },
    finish: () => bm25Retriever(store),
    dispose: () => {},
  };
}

function hybridIndexer(indexers: readonly Indexer[], options: HybridOptions): Indexer {
  return {
    add: async (chunks, embedding) => {
      for (const indexer of indexers) await indexer.add(chunks, embedding);
    },
    finish: () => {
      const retrievers = indexers.map((indexer) => indexer.finish());
      return hybridRetriever(retrievers, options);
    },
    dispose: () => {
      for (const indexer of indexers) indexer.dispose();
    },
  };
}
