import type { RunEvent } from '../../base/progress.ts';
import { corpusText } from '../../corpus/beir/index.ts';
import type { Chunk } from '../../corpus/index.ts';
import { documentChunk } from './documentChunk.ts';
import type { Indexer } from './firstStage.ts';
import type { BenchmarkData } from './types.ts';

export interface LoadOptions {
  /** Of the events. */
  readonly stage: string;
  /** Absent: documents are only read. */
  readonly indexer?: Indexer;
  /** Whose texts are kept, for a reranker; absent: nobody's. */
  readonly keepText?: (id: string) => boolean;
  readonly signal?: AbortSignal;
}

export interface LoadedCorpus {
  readonly ids: ReadonlySet<string>;
  readonly texts: ReadonlyMap<string, string>;
}

/** Documents that are embedded or indexed at a time: many, so that those of like lengths can be packed together. */
const batchSize = 1024;

/** Reads a corpus once, from beginning to end, handing it to the indexer batch after batch. */
export async function* loadCorpus(
  data: BenchmarkData,
  { stage, indexer, keepText, signal }: LoadOptions,
): AsyncGenerator<RunEvent, LoadedCorpus, undefined> {
  const ids = new Set<string>();
  const texts = new Map<string, string>();
  const started = performance.now();
  let batch: Chunk[] = [];
  const flush = async (): Promise<RunEvent> => {
    signal?.throwIfAborted();
    await indexer?.add(batch, signal ? { signal } : {});
    batch = [];
    const rate = ids.size / ((performance.now() - started) / 1000);
    return { type: 'progress', stage, done: ids.size, unit: 'documents', rate };
  };
  for await (const document of data.documents()) {
    const text = corpusText(document);
    ids.add(document.id);
    if (keepText?.(document.id)) texts.set(document.id, text);
    batch.push(documentChunk(document.id, text));
    if (batch.length >= batchSize) yield await flush();
  }
  if (batch.length > 0) yield await flush();
  return { ids, texts };
}
