import { retrieveDocuments } from '../../knowledge/retrieval/index.ts';
import type { RetrieveOptions, Retriever } from '../../knowledge/types.ts';
import type { Run } from '../types.ts';
import type { ExactRunOptions } from './exactRun.ts';

export interface RetrieverRunOptions extends ExactRunOptions {
  /** Filter and boosts, passed on. */
  readonly retrieve?: Pick<RetrieveOptions, 'filter' | 'boosts'>;
}

/** Queries of one call. */
const batchSize = 64;

/**
 * Runs queries through a retriever. A document's score is that of its best chunk; more chunks are asked for until
 * k documents are found or the retriever has no more.
 *
 * @param queries text by id
 */
export async function retrieverRun(
  queries: ReadonlyMap<string, string>,
  retriever: Retriever,
  k: number,
  options: RetrieverRunOptions = {},
): Promise<Run> {
  const { excludeSameId = false, signal, retrieve = {} } = options;
  const asked = { ...retrieve, k: excludeSameId ? k + 1 : k, ...(signal ? { signal } : {}) };
  const run = new Map<string, ReadonlyMap<string, number>>();
  const all = [...queries];
  for (let start = 0; start < all.length; start += batchSize) {
    signal?.throwIfAborted();
    const batch = all.slice(start, start + batchSize);
    const texts = batch.map(([, text]) => text);
    const found = await retrieveDocuments(retriever, texts, asked);
    batch.forEach(([id], i) => {
      const documents = (found[i] ?? []).filter(({ documentId }) => !(excludeSameId && documentId === id));
      run.set(id, new Map(documents.slice(0, k).map(({ documentId, score }) => [documentId, score])));
    });
    options.onProgress?.(start + batch.length, all.length);
  }
  return run;
}
