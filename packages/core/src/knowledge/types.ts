import type { Chunk } from '../corpus/chunks/types.ts';

/** Turns texts into vectors: the part of an embedding model that stores and retrievers need. */
export interface Embedder {
  /** Length of a vector. */
  readonly dimensions: number;
  /** Changes whenever the vectors would: a hash of weights, tokenizer, pooling and prompts. */
  readonly fingerprint: string;
  embedQueries(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array[]>;
  embedDocuments(texts: readonly string[], options?: EmbedOptions): Promise<Float32Array[]>;
}

export interface EmbedOptions {
  readonly signal?: AbortSignal;
  /** Called as texts are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** A chunk with what it is found by: at least one of the three. A search finds the chunks that have its kind. */
export interface EmbeddedChunk {
  readonly chunk: Chunk;
  /** One vector for the whole text; kept at length 1. */
  readonly vector?: Float32Array;
  /** Weights of terms. Without any (a text without terms), no sparse search finds it. */
  readonly sparse?: SparseVector;
  /** One vector per token; each is kept at length 1. Without any, no multi-vector search finds it. */
  readonly tokens?: MultiVector;
}

/** A chunk found for a query. */
export interface RankedChunk {
  readonly chunk: Chunk;
  /** The higher the better; cosine, BM25 or a fused score, by the retriever. */
  readonly score: number;
}

type Scalar = string | number | boolean;

/** Conditions on one field, all of which must hold. */
export interface FieldCondition {
  readonly eq?: Scalar;
  readonly ne?: Scalar;
  readonly in?: readonly Scalar[];
  readonly gt?: number | string;
  readonly gte?: number | string;
  readonly lt?: number | string;
  readonly lte?: number | string;
  /** For list fields (metadata lists, `boostTags`): holds this entry. */
  readonly contains?: string;
  readonly exists?: boolean;
}

/**
 * Which chunks: fields of {@link Chunk} (`documentId`, `source`, `domain`, `title`, `timestamp`, `boostTags`, `id`) or
 * `metadata.<key>`, with a value (equal) or conditions. All entries must hold; `and`, `or` and `not` may stand beside
 * fields. Texts are compared by code point, `timestamp` as a moment in time (without a zone: UTC). A field that a chunk does not have
 * fails every condition but `exists: false` and `ne`.
 */
export type ChunkFilter =
  | { readonly and: readonly ChunkFilter[] }
  | { readonly or: readonly ChunkFilter[] }
  | { readonly not: ChunkFilter }
  | { readonly [field: string]: Scalar | FieldCondition };

export interface SearchOptions {
  /** How many chunks a query wants. */
  readonly k: number;
  readonly filter?: ChunkFilter;
}

/** Where chunks with their vectors live. Every store passes the contract suite in `stores/contract.fixture.ts`. */
export interface KnowledgeStore {
  /**
   * Length of the vectors; undefined while the store has none and was opened without it. A store that was emptied
   * takes vectors of another length, unless it was opened with a length; the same goes for token vectors.
   */
  readonly dimensions: number | undefined;
  /**
   * Adds, or replaces by id, the chunk and all it is found by. All of one call becomes visible at once, or none of it.
   * Returns how many.
   */
  upsert(chunks: readonly EmbeddedChunk[]): Promise<number>;
  /** Removes what matches; returns how many. */
  delete(filter: ChunkFilter): Promise<number>;
  count(filter?: ChunkFilter): Promise<number>;
  /** In the order of the ids; undefined for those that aren't there. */
  get(ids: readonly string[]): Promise<(Chunk | undefined)[]>;
  /** All chunks, or those that match, ordered by id, streamed. */
  chunks(filter?: ChunkFilter): AsyncIterable<Chunk>;
  /** Nearest by cosine, best first, ties by id ascending; one list per query, in one go. */
  searchDense(queries: readonly Float32Array[], options: SearchOptions): Promise<RankedChunk[][]>;
  /** By BM25 over title, headings and text; one list per query, in one go. */
  searchText(queries: readonly string[], options: SearchOptions): Promise<RankedChunk[][]>;
  /** By dot product of sparse vectors, only scores above 0, ties by id ascending; one list per query, in one go. */
  searchSparse(queries: readonly SparseVector[], options: SearchOptions): Promise<RankedChunk[][]>;
  /**
   * By MaxSim over token vectors (ColBERT, arXiv 2004.12832), Σᵢ maxⱼ cos(qᵢ, dⱼ), ties by id ascending; one list per
   * query, in one go.
   *
   * @throws StoreError of reason `unsupported` where a store has no token vectors
   */
  searchMultiVector(queries: readonly MultiVector[], options: SearchOptions): Promise<RankedChunk[][]>;
  /** Builds or refreshes indexes after many upserts; a search is right without it, but slower. */
  optimize(): Promise<void>;
  /** Free-form facts about the store (embedder fingerprint, chunking) that survive a reopen; those named `prefix…`. */
  readFacts(prefix?: string): Promise<Readonly<Record<string, string>>>;
  /** Adds or replaces by name, all at once; an empty value takes a fact away. Others stay. */
  writeFacts(facts: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

export interface RetrieveOptions extends SearchOptions {
  /** Added to a chunk's score, by tag in `boostTags`. */
  readonly boosts?: Readonly<Record<string, number>>;
  readonly signal?: AbortSignal;
}

/** Queries → ranked chunks. */
export interface Retriever {
  retrieve(queries: readonly string[], options: RetrieveOptions): Promise<RankedChunk[][]>;
}

/** One query with the passages that are to be put in order. */
export interface RerankRequest {
  readonly query: string;
  readonly passages: readonly string[];
}

export interface RerankOptions {
  readonly signal?: AbortSignal;
  /** Called as (query, passage) pairs are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Reads query and passage together: the part of a cross-encoder, or of a generative reranker, that retrieval needs. */
export interface Reranker {
  /** Changes whenever the scores would: a hash of weights, tokenizer and settings. */
  readonly fingerprint: string;
  /** One score per passage, the higher the better, in the passages' order; one list per request, all in one go. */
  score(requests: readonly RerankRequest[], options?: RerankOptions): Promise<Float32Array[]>;
  /** Tokens that the model reads for each passage of a request (query and special tokens included). */
  countTokens?(request: RerankRequest): Promise<Int32Array>;
}

/** A vector over a vocabulary in which nearly everything is 0. */
export interface SparseVector {
  /** Places of the weights that are not 0, ascending. */
  readonly indices: Int32Array;
  /** As many weights. */
  readonly values: Float32Array;
}

/** Turns texts into weights of terms (SPLADE). */
export interface SparseEmbedder {
  /** Length of a vector: the size of the vocabulary. */
  readonly vocabSize: number;
  readonly fingerprint: string;
  embedQueries(texts: readonly string[], options?: EmbedOptions): Promise<SparseVector[]>;
  embedDocuments(texts: readonly string[], options?: EmbedOptions): Promise<SparseVector[]>;
}

/** One unit vector per token of a text, one after the other: [tokens · dimensions]. */
export interface MultiVector {
  readonly dimensions: number;
  readonly data: Float32Array;
}

/** Turns texts into one vector per token (ColBERT). */
export interface MultiVectorEmbedder {
  /** Length of each vector. */
  readonly dimensions: number;
  readonly fingerprint: string;
  embedQueries(texts: readonly string[], options?: EmbedOptions): Promise<MultiVector[]>;
  embedDocuments(texts: readonly string[], options?: EmbedOptions): Promise<MultiVector[]>;
}
