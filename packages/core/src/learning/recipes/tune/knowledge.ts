import { join } from 'node:path';
import { ConfigError } from '../../../base/errors.ts';
import type { RunEvent } from '../../../base/progress.ts';
import { createSplitter, type Document, type ReadResult, type Splitter } from '../../../corpus/index.ts';
import { denseRetriever, type IngestSummary, ingest, memoryStore } from '../../../knowledge/index.ts';
import { lanceStore } from '../../../knowledge/stores/lancedb/index.ts';
import { pgvectorStore } from '../../../knowledge/stores/pgvector/index.ts';
import type { Embedder, KnowledgeStore, Retriever } from '../../../knowledge/types.ts';
import type { EmbeddingModel } from '../../../models/embedding/index.ts';
import type { Precision } from '../precision.ts';
import type { ResolvedTuneSettings } from './settings.ts';

/** A searchable index of the documents by one model. */
export interface Knowledge {
  readonly store: KnowledgeStore;
  readonly retriever: Retriever;
  readonly embedder: Embedder;
  readonly summary: IngestSummary;
}

/** Opens the store that the settings name, for the base or for the tuned model: their vectors don't mix. */
export async function openStore(
  { store }: Pick<ResolvedTuneSettings, 'store'>,
  runFolder: string,
  which: 'base' | 'tuned',
): Promise<KnowledgeStore> {
  if (store.kind === 'memory') return memoryStore();
  if (store.kind === 'lancedb') return lanceStore(join(store.path ?? join(runFolder, 'index'), which));
  const url = store.url ?? process.env['PGVECTOR_URL'];
  if (url !== undefined) return pgvectorStore(url, { table: `${store.table ?? 'ragwright'}_${which}` });
  const expected = 'postgres://… there or in the environment as PGVECTOR_URL';
  throw new ConfigError('tune', [{ field: 'store.url', expected, got: 'nothing' }]);
}

/** The splitter that the settings ask for; sizes in tokens of the model. */
export function splitterFor(
  { chunks: { kind, size, overlap } }: Pick<ResolvedTuneSettings, 'chunks'>,
  model: EmbeddingModel,
): Splitter {
  const { tokenizer } = model;
  const specialTokens = tokenizer.encode('').ids.length;
  const most = model.settings.maxSeqLength - specialTokens;
  const config = { kind, size: size === 'model' ? most : Math.min(size, most), overlap };
  const embed = (texts: readonly string[]) => model.encode(texts);
  return createSplitter(config, {
    tokenizer,
    counter: tokenizer,
    embed,
    embedFingerprint: model.fingerprint(),
  });
}

/** Chunks, embeds and indexes the documents; what an earlier run did already is left as it is. */
export async function* indexDocuments(
  documents: readonly Document[],
  model: EmbeddingModel,
  splitter: Splitter,
  store: KnowledgeStore,
  options: { readonly precision: Precision; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<RunEvent, Knowledge, undefined> {
  const { precision, signal } = options;
  const embedder = model.embedder({ precision });
  const results = asResults(documents);
  const summary = yield* ingest({ documents: results, splitter, embedder, store, ...(signal && { signal }) });
  return { store, embedder, summary, retriever: denseRetriever(store, embedder) };
}

async function* asResults(documents: readonly Document[]): AsyncGenerator<ReadResult> {
  for (const document of documents) yield { type: 'document', document };
}
