import type { ProgressEvent } from '../../base/progress.ts';
import type { Retriever } from '../../knowledge/types.ts';
import type { Run } from '../types.ts';

export interface SearchRunOptions {
  /** Of the events. */
  readonly stage: string;
  /** Documents kept of each query. */
  readonly depth: number;
  readonly excludeSameId: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Queries of one call. */
const batchSize = 64;

/** Runs queries through a retriever over {@link documentChunk}s: every chunk found is a document. */
export async function* searchRun(
  queries: ReadonlyMap<string, string>,
  retriever: Retriever,
  { stage, depth, excludeSameId, signal }: SearchRunOptions,
): AsyncGenerator<ProgressEvent, Run, undefined> {
  const run = new Map<string, ReadonlyMap<string, number>>();
  const all = [...queries];
  const asked = { k: excludeSameId ? depth + 1 : depth, ...(signal ? { signal } : {}) };
  for (let start = 0; start < all.length; start += batchSize) {
    signal?.throwIfAborted();
    const batch = all.slice(start, start + batchSize);
    const found = await retriever.retrieve(
      batch.map(([, text]) => text),
      asked,
    );
    batch.forEach(([id], i) => {
      const others = (found[i] ?? []).filter(({ chunk }) => !(excludeSameId && chunk.documentId === id));
      run.set(id, new Map(others.slice(0, depth).map(({ chunk, score }) => [chunk.documentId, score])));
    });
    yield { type: 'progress', stage, done: start + batch.length, total: all.length, unit: 'queries' };
  }
  return run;
}
