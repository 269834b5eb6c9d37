import type { ReadResult, Splitter, UnreadableSource } from '../../corpus/index.ts';
import type { Embedder, KnowledgeStore, MultiVectorEmbedder, SparseEmbedder } from '../types.ts';

export interface IngestOptions {
  /** The whole corpus, as `readDocuments` reads it; what isn't in it any more goes from the store, too. */
  readonly documents: AsyncIterable<ReadResult>;
  readonly splitter: Splitter;
  /** For dense search. At least one of the three embedders must be given; chunks are stored with what all of them say. */
  readonly embedder?: Embedder;
  /** For sparse search. */
  readonly sparseEmbedder?: SparseEmbedder;
  /** For multi-vector search; not every store keeps token vectors. */
  readonly multiVectorEmbedder?: MultiVectorEmbedder;
  readonly store: KnowledgeStore;
  /** Chunks that are embedded and written at a time, and held in memory; default 512. */
  readonly batchSize?: number;
  /** Whether documents that are gone are taken out of the store; default true. */
  readonly removeMissing?: boolean;
  /** Stops after the batch in hand; the next run goes on from there. */
  readonly signal?: AbortSignal;
}

/** What an ingest did. */
export interface IngestSummary {
  /** Documents now in the store by this and earlier runs. */
  readonly documents: number;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly removed: number;
  /** Chunks now in the store. */
  readonly chunks: number;
  /** Chunks embedded in this run. */
  readonly embedded: number;
  /** What could not be read; its chunks of an earlier run stay. */
  readonly unreadable: readonly UnreadableSource[];
  readonly seconds: number;
}
