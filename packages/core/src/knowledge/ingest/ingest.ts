import { ConfigError } from '../../base/errors.ts';
import { count, counted } from '../../base/format.ts';
import type { RunEvent } from '../../base/progress.ts';
import { diffDocuments, splitDocument, type UnreadableSource } from '../../corpus/index.ts';
import { chunkProblem } from '../stores/checks.ts';
import type { KnowledgeStore } from '../types.ts';
import { fingerprintsOf } from './embedders.ts';
import { clear, forgotten, type Ledger, noteFingerprints, readLedger } from './ledger.ts';
import type { IngestOptions, IngestSummary } from './types.ts';
import { ChunkWriter } from './writer.ts';

const stage = 'ingest';

/** Documents that are deleted at a time. */
const page = 500;

/**
 * Brings a store in line with a corpus: splits, embeds and writes what is new or has changed, deletes what is gone,
 * leaves the rest alone, and builds the indexes. With another embedding model, one more or one less, the store is emptied
 * first; with another splitter every document is written again. Holds one batch of chunks, never the corpus. It may be
 * stopped or killed at any moment: the next run goes on where this one ended.
 *
 * @throws ConfigError for a wrong batch size or without any embedder; StoreError of reason `unsupported` if the store keeps
 * no token vectors and is to; the signal's reason if it is aborted; what embedders and store throw
 *
 * @example
 * const documents = readDocuments('docs');
 * for await (const event of ingest({ documents, splitter, embedder, store })) show(event);
 */
export async function* ingest(options: IngestOptions): AsyncGenerator<RunEvent, IngestSummary, undefined> {
  const { store, splitter, signal, batchSize = 512, removeMissing = true } = options;
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    const problem = { field: 'batchSize', expected: 'a whole number above zero', got: String(batchSize) };
    throw new ConfigError('ingest options', [problem]);
  }
  if (Object.values(fingerprintsOf(options)).every((one) => one === undefined)) {
    const expected = 'at least one of embedder, sparseEmbedder and multiVectorEmbedder';
    throw new ConfigError('ingest options', [{ field: 'embedder', expected, got: 'none' }]);
  }
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  yield { type: 'stage', stage, status: 'started' };
  const manifest = yield* prepare(options);

  const counts = { added: 0, changed: 0, unchanged: 0, kept: 0 };
  const unreadable: UnreadableSource[] = [];
  const gone: string[] = [];
  const writer = new ChunkWriter(store, options, splitter.fingerprint, signal);
  const refuse = ({ source, reason }: UnreadableSource): RunEvent => {
    unreadable.push({ source, reason });
    return { type: 'notice', level: 'warning', message: `${source}: ${reason}` };
  };
  const progress = (): RunEvent => {
    const done = counts.added + counts.changed + counts.unchanged;
    return { type: 'progress', stage, done, unit: 'documents', rate: done / seconds() };
  };
  try {
    for await (const change of diffDocuments(options.documents, manifest, splitter.fingerprint)) {
      signal?.throwIfAborted();
      if (change.type === 'unreadable') {
        yield refuse(change);
      } else if (change.type === 'removed') {
        gone.push(change.entry.id);
      } else if (change.type !== 'skipped') {
        const chunks = 'document' in change ? await splitDocument(change.document, splitter) : undefined;
        const problem = chunks?.[0] && chunkProblem(chunks[0]); // ids and metadata are the document's
        if (problem !== undefined) {
          const reason = `expected ${problem.expected}, got ${problem.got}`;
          yield refuse({ source: change.entry.source, reason });
          continue;
        }
        counts[change.type]++;
        if (chunks === undefined) continue;
        writer.add(change.entry, chunks, change.type === 'changed');
        while (writer.waiting >= batchSize) {
          await writer.writeBatch(batchSize);
          yield progress();
        }
      }
    }
    if (writer.waiting > 0) await writer.writeBatch(batchSize);
  } finally {
    await writer.finish();
  }
  yield progress();
  const removed = removeMissing ? gone.length : 0;
  if (removeMissing) await forget(store, gone, signal);
  yield* index(store);
  const summary: IngestSummary = {
    documents: counts.added + counts.changed + counts.unchanged + counts.kept + gone.length - removed,
    added: counts.added,
    changed: counts.changed,
    unchanged: counts.unchanged,
    removed,
    chunks: await store.count(),
    embedded: writer.embedded,
    unreadable,
    seconds: seconds(),
  };
  yield { type: 'stage', stage, status: 'done', seconds: summary.seconds, summary: inWords(summary) };
  return summary;
}

/** What is known of earlier runs; empties the store if they used other embedding models. */
async function* prepare(options: IngestOptions): AsyncGenerator<RunEvent, Ledger['manifest'], undefined> {
  const { store, splitter, signal } = options;
  signal?.throwIfAborted();
  // A store that keeps no token vectors says so now, not after the first batch.
  if (options.multiVectorEmbedder !== undefined) await store.searchMultiVector([], { k: 1 });
  const fingerprints = fingerprintsOf(options);
  const ledger = await readLedger(store, fingerprints, splitter.fingerprint);
  let { manifest } = ledger;
  if (ledger.embedderChanged) {
    const message =
      'The embedding model is another one than at the last ingest: all chunks are embedded again.';
    yield { type: 'notice', level: 'info', message };
    await clear(store, manifest.entries.keys());
    manifest = { fingerprint: splitter.fingerprint, entries: new Map() };
  } else if (ledger.splitterChanged) {
    const message =
      'The splitter is another one than at the last ingest: all documents are cut and embedded again.';
    yield { type: 'notice', level: 'info', message };
  }
  await noteFingerprints(store, fingerprints, splitter.fingerprint);
  return manifest;
}

async function forget(store: KnowledgeStore, ids: readonly string[], signal?: AbortSignal): Promise<void> {
  for (let start = 0; start < ids.length; start += page) {
    signal?.throwIfAborted();
    const some = ids.slice(start, start + page);
    await store.delete({ documentId: { in: some } });
    await store.writeFacts(forgotten(some));
  }
}

async function* index(store: KnowledgeStore): AsyncGenerator<RunEvent, void, undefined> {
  const start = performance.now();
  yield { type: 'stage', stage: 'index', status: 'started' };
  await store.optimize();
  yield { type: 'stage', stage: 'index', status: 'done', seconds: (performance.now() - start) / 1000 };
}

function inWords(summary: IngestSummary): string {
  const { documents, chunks, added, changed, removed, unreadable } = summary;
  const changes = [
    [added, 'added'],
    [changed, 'changed'],
    [removed, 'removed'],
    [unreadable.length, 'unreadable'],
  ] as const;
  const told = changes.filter(([n]) => n > 0).map(([n, what]) => `${count(n)} ${what}`);
  return [`${counted(documents, 'document')}, ${counted(chunks, 'chunk')}`, ...told].join('; ');
}
