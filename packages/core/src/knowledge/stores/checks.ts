import type { Chunk } from '../../corpus/chunks/types.ts';
import { StoreError } from '../errors.ts';
import { parseFilter } from '../filters/parse.ts';
import type { FilterNode } from '../filters/types.ts';
import type { EmbeddedChunk, SearchOptions } from '../types.ts';

/** Names the store and the method in errors. */
export interface Call {
  readonly store: string;
  readonly op: string;
}

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

/**
 * Checks what is to be stored, scales the vectors to length 1 and keeps the last of those with the same id.
 *
 * @param dimensions of the store; undefined takes that of the first vector
 * @throws StoreError of reason `dimensions`, `vector` or `chunk`
 */
export function checkChunks(
  call: Call,
  chunks: readonly EmbeddedChunk[],
  dimensions: number | undefined,
): EmbeddedChunk[] {
  const expected = dimensions ?? chunks[0]?.vector.length ?? 0;
  const byId = new Map<string, EmbeddedChunk>();
  for (const { chunk, vector } of chunks) {
    checkChunk(call, chunk);
    const of = `the vector of chunk ${JSON.stringify(chunk.id)}`;
    byId.set(chunk.id, { chunk, vector: unitVector(call, vector, expected, of) });
  }
  return [...byId.values()];
}

/** @throws StoreError of reason `dimensions` or `vector` */
export const checkQueries = (
  call: Call,
  queries: readonly Float32Array[],
  dimensions: number | undefined,
): Float32Array[] =>
  queries.map((query, i) => unitVector(call, query, dimensions ?? query.length, `query ${i}`));

/** A copy of length 1, so that the dot product is the cosine. */
function unitVector(call: Call, vector: Float32Array, dimensions: number, what: string): Float32Array {
  if (vector.length !== dimensions || dimensions === 0) {
    throw new StoreError({
      ...call,
      reason: 'dimensions',
      expected: dimensions === 0 ? 'at least one dimension' : `${dimensions} dimensions`,
      got: `${vector.length} in ${what}`,
      hint: 'a store holds the vectors of one embedding model',
    });
  }
  let squares = 0;
  for (const value of vector) squares += value * value;
  if (squares === 0 || !Number.isFinite(squares)) {
    throw new StoreError({
      ...call,
      reason: 'vector',
      expected: 'finite numbers, not all zero',
      got: `${squares === 0 ? 'zeros' : 'NaN or infinity'} in ${what}`,
    });
  }
  const scale = 1 / Math.sqrt(squares);
  return vector.map((value) => value * scale);
}

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
