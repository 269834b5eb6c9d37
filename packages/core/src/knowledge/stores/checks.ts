import type { Chunk } from '../../corpus/chunks/types.ts';
import { StoreError } from '../errors.ts';
import { parseFilter } from '../filters/parse.ts';
import type { FilterNode } from '../filters/types.ts';
import type { EmbeddedChunk, MultiVector, SearchOptions, SparseVector } from '../types.ts';
import { type Call, checkSparse, unitTokens, unitVector } from './vectorChecks.ts';

export type { Call } from './vectorChecks.ts';

/** A search's options, checked. */
export interface CheckedSearch {
  readonly k: number;
  readonly filter: FilterNode | undefined;
}

/** @throws StoreError if `k` is no whole number above zero; ConfigError if the filter is wrong */
export function checkSearch(call: Call, { k, filter }: SearchOptions): CheckedSearch {
  if (!Number.isSafeInteger(k) || k < 1) {
    throw new StoreError({ ...call, reason: 'option', expected: 'k ≥ 1, a whole number', got: String(k) });
  }
  return { k, filter: filter === undefined ? undefined : parseFilter(filter) };
}

/** Lengths of a store's vectors; undefined where it has none yet. */
export interface Lengths {
  readonly dimensions: number | undefined;
  /** Of token vectors. */
  readonly tokenDimensions: number | undefined;
}

/**
 * Checks what is to be stored, scales the vectors to length 1 and keeps the last of those with the same id.
 *
 * @param lengths of the store; undefined takes that of the first vector
 * @throws StoreError of reason `dimensions`, `vector` or `chunk`
 */
export function checkChunks(call: Call, chunks: readonly EmbeddedChunk[], lengths: Lengths): EmbeddedChunk[] {
  const { dimensions, tokenDimensions } = lengthsOf(chunks, lengths);
  const byId = new Map<string, EmbeddedChunk>();
  for (const { chunk, vector, sparse, tokens } of chunks) {
    checkChunk(call, chunk);
    const chunkName = `chunk ${JSON.stringify(chunk.id)}`;
    if (vector === undefined && sparse === undefined && tokens === undefined) {
      const expected = 'a vector, a sparse vector or token vectors';
      throw new StoreError({ ...call, reason: 'vector', expected, got: `none of them in ${chunkName}` });
    }
    byId.set(chunk.id, {
      chunk,
      ...(vector && { vector: unitVector(call, vector, dimensions ?? 0, `the vector of ${chunkName}`) }),
      ...(sparse && { sparse: checkSparse(call, sparse, `the sparse vector of ${chunkName}`) }),
      ...(tokens && {
        tokens: unitTokens(call, tokens, tokenDimensions ?? 0, `the token vectors of ${chunkName}`),
      }),
    });
  }
  return [...byId.values()];
}

/** Those of a store with these chunks in it. */
export const lengthsOf = (chunks: readonly EmbeddedChunk[], lengths: Lengths): Lengths => ({
  dimensions: lengths.dimensions ?? chunks.find(({ vector }) => vector)?.vector?.length,
  tokenDimensions: lengths.tokenDimensions ?? chunks.find(({ tokens }) => tokens)?.tokens?.dimensions,
});

/** @throws StoreError of reason `dimensions` or `vector` */
export const checkQueries = (
  call: Call,
  queries: readonly Float32Array[],
  dimensions: number | undefined,
): Float32Array[] =>
  queries.map((query, i) => unitVector(call, query, dimensions ?? query.length, `query ${i}`));

/** @throws StoreError of reason `vector` */
export const checkSparseQueries = (call: Call, queries: readonly SparseVector[]): SparseVector[] =>
  queries.map((query, i) => checkSparse(call, query, `query ${i}`));

/** @throws StoreError of reason `dimensions` or `vector` */
export const checkTokenQueries = (
  call: Call,
  queries: readonly MultiVector[],
  dimensions: number | undefined,
): MultiVector[] =>
  queries.map((query, i) => unitTokens(call, query, dimensions ?? query.dimensions, `query ${i}`));

function checkChunk(call: Call, chunk: Chunk): void {
  const problem = chunkProblem(chunk);
  if (problem !== undefined) throw new StoreError({ ...call, reason: 'chunk', ...problem });
}

/** Why no store can keep a chunk: its ids or its metadata; undefined if nothing speaks against it. */
export function chunkProblem(chunk: Chunk): { readonly expected: string; readonly got: string } | undefined {
  for (const field of ['id', 'documentId'] as const) {
    if (chunk[field] !== '' && isStorable(chunk[field])) continue;
    const expected = `${field} to be a non-empty text without zero characters or half surrogate pairs`;
    return { expected, got: shown(chunk[field]) };
  }
  for (const [key, value] of Object.entries(chunk.metadata)) {
    if (isStorable(key) && isMetadataValue(value)) continue;
    const expected =
      'metadata to be texts, finite numbers, booleans or lists of texts, by names that are texts';
    return { expected, got: `${shown(value)} for ${shown(key)} in chunk ${shown(chunk.id)}` };
  }
  return undefined;
}

const isMetadataValue = (value: unknown): boolean =>
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  Number.isFinite(value) ||
  (Array.isArray(value) && value.every((entry) => typeof entry === 'string'));

const isStorable = (text: unknown): boolean =>
  typeof text === 'string' && !text.includes('\0') && !halfSurrogate.test(text);

const halfSurrogate = /\p{Surrogate}/u;

/** What a database's text column can hold: without zero characters and half surrogate pairs. */
export const storableText = (text: string): string => text.replace(unstorable, '\uFFFD');

const unstorable = /\0|\p{Surrogate}/gu;

const shown = (value: unknown): string => {
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text === undefined ? typeof value : text.slice(0, 80);
};

/** @throws StoreError of reason `closed` */
export function checkOpen(call: Call, closed: boolean): void {
  if (!closed) return;
  throw new StoreError({ ...call, reason: 'closed', expected: 'an open store', got: 'a closed one' });
}
