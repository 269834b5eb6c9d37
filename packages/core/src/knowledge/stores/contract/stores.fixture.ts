import { expect } from 'vitest';
import type { Chunk } from '../../../corpus/chunks/types.ts';
import { StoreError } from '../../errors.ts';
import type { EmbeddedChunk, KnowledgeStore, RankedChunk } from '../../types.ts';

export interface StoreUnderTest {
  /** Opens the store at a place; what was written there before is still there, unless it keeps nothing. */
  open(place: string, options?: { readonly dimensions?: number }): Promise<KnowledgeStore>;
  /** Whether what was written outlives `close`. */
  readonly persistent: boolean;
  /** Whether it keeps token vectors; those that don't must say so. Default true. */
  readonly multiVector?: boolean;
}

/** Opens stores for tests, and closes them all. */
export class Stores {
  readonly persistent: boolean;
  readonly multiVector: boolean;
  readonly #under: StoreUnderTest;
  readonly #opened: KnowledgeStore[] = [];
  #places = 0;

  constructor(under: StoreUnderTest) {
    this.#under = under;
    this.persistent = under.persistent;
    this.multiVector = under.multiVector ?? true;
  }

  newPlace(): string {
    return `place_${++this.#places}`;
  }

  async open(place = this.newPlace(), options?: { readonly dimensions?: number }): Promise<KnowledgeStore> {
    const store = await this.#under.open(place, options);
    this.#opened.push(store);
    return store;
  }

  async filled(chunks: readonly EmbeddedChunk[], place?: string): Promise<KnowledgeStore> {
    const store = await this.open(place);
    await store.upsert(chunks);
    return store;
  }

  async closeAll(): Promise<void> {
    for (const store of this.#opened.splice(0)) await store.close();
  }
}

export async function idsOf(chunks: AsyncIterable<Chunk>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of chunks) ids.push(id);
  return ids;
}

export const idLists = (lists: readonly (readonly RankedChunk[])[]): string[][] =>
  lists.map((list) => list.map(({ chunk }) => chunk.id));

/** Scores to four digits: stores add up in different precision. */
export const rounded = (list: readonly RankedChunk[]) =>
  list.map(({ chunk, score }) => [chunk.id, Number(score.toFixed(4))]);

export const scored = (list: readonly RankedChunk[]) => list.map(({ chunk, score }) => [chunk.id, score]);

/** What `scored` is expected to be, to the precision of float32. */
export const near = (list: readonly RankedChunk[]) =>
  list.map(({ chunk, score }) => [chunk.id, expect.closeTo(score, 5)]);

export const isStoreError = (reason: string) => (error: unknown) =>
  error instanceof StoreError && error.reason === reason;
