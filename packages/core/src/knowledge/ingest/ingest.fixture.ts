import type { RunEvent } from '../../base/progress.ts';
import {
  type Chunk,
  contentHash,
  createSplitter,
  type Document,
  type ReadResult,
} from '../../corpus/index.ts';
import { wordEmbedder } from '../embedder.fixture.ts';
import type { KnowledgeStore } from '../types.ts';
import { type IngestOptions, type IngestSummary, ingest } from './index.ts';

export const makeDocument = (id: string, text: string, parts: Partial<Document> = {}): Document => ({
  id,
  text,
  source: `${id}.txt`,
  format: 'text',
  contentHash: contentHash('', text, parts.metadata ?? {}),
  metadata: {},
  ...parts,
});

const sentence = 'The quick brown fox jumps over the lazy dog number';

/** Documents of several chunks each, the text decided by their version. */
export const corpus = (versions: Readonly<Record<string, number>>): Document[] =>
  Object.entries(versions).map(([id, version]) =>
    makeDocument(
      id,
      Array.from({ length: 4 }, (_, i) => `${sentence} ${id} ${version * (i % 2)} ${i}.`).join('\n\n'),
    ),
  );

export const splitter = (size = 60) => createSplitter({ kind: 'recursive', size, unit: 'characters' });

export async function* results(documents: readonly (Document | ReadResult)[]): AsyncGenerator<ReadResult> {
  for (const one of documents) yield 'type' in one ? one : { type: 'document', document: one };
}

/** Runs an ingest to its end. */
export async function run(
  store: KnowledgeStore,
  documents: readonly (Document | ReadResult)[],
  options: Partial<IngestOptions> = {},
): Promise<{ readonly summary: IngestSummary; readonly events: RunEvent[] }> {
  const events: RunEvent[] = [];
  const running = ingest({
    documents: results(documents),
    splitter: splitter(),
    embedder: wordEmbedder(),
    store,
    batchSize: 5,
    ...options,
  });
  for (;;) {
    const next = await running.next();
    if (next.done) return { summary: next.value, events };
    events.push(next.value);
  }
}

export async function allChunks(store: KnowledgeStore): Promise<Chunk[]> {
  const chunks: Chunk[] = [];
  for await (const chunk of store.chunks()) chunks.push(chunk);
  return chunks;
}

/** A store that fails at its n-th change, before or after it is made, as if the process were killed there. */
export function failingStore(store: KnowledgeStore, at: number, after: boolean): KnowledgeStore {
  let changes = 0;
  const changing = ['upsert', 'delete', 'writeFacts', 'optimize'];
  return new Proxy(store, {
    get(target, name) {
      const value = target[name as keyof KnowledgeStore] as unknown;
      if (typeof value !== 'function') return value;
      if (!changing.includes(name as string)) return value.bind(target);
      return async (...parameters: unknown[]) => {
        changes++;
        if (changes > at || (changes === at && !after)) throw new Error('killed');
        const result = await value.apply(target, parameters);
        if (changes === at) throw new Error('killed');
        return result;
      };
    },
  });
}
