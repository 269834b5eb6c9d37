import type { Chunk, ManifestEntry } from '../../corpus/index.ts';
import type { ChunkFilter, KnowledgeStore } from '../types.ts';
import { type Embedders, embedChunks } from './embedders.ts';
import { begun, done } from './ledger.ts';

/** Ids in one filter. */
const page = 500;

interface OpenDocument {
  readonly entry: ManifestEntry;
  /** Whether an earlier run may have left chunks. */
  readonly replaces: boolean;
  readonly ids: string[];
  /** Chunks not yet written. */
  missing: number;
}

/**
 * Collects chunks, embeds and writes them in batches. Each batch is embedded while the one before is being written. A
 * document is noted as done when all of its chunks are written and those that it had before are deleted.
 */
export class ChunkWriter {
  readonly #store: KnowledgeStore;
  readonly #embedders: Embedders;
  readonly #splitter: string;
  readonly #signal: AbortSignal | undefined;
  #waiting: { readonly chunk: Chunk; readonly document: OpenDocument }[] = [];
  /** Documents without any chunk: noted with the next batch. */
  readonly #empty: OpenDocument[] = [];
  #begun: Record<string, string> = {};
  #done: Record<string, string> = {};
  #lastWrite: Promise<void> = Promise.resolve();
  /** Chunks that were embedded. */
  embedded = 0;

  constructor(
    store: KnowledgeStore,
    embedders: Embedders,
    splitter: string,
    signal: AbortSignal | undefined,
  ) {
    this.#store = store;
    this.#embedders = embedders;
    this.#splitter = splitter;
    this.#signal = signal;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** @param replaces whether an earlier run may have left chunks of the document */
  add(entry: ManifestEntry, chunks: readonly Chunk[], replaces: boolean): void {
    const document = { entry, replaces, ids: chunks.map(({ id }) => id), missing: chunks.length };
    Object.assign(this.#begun, begun(entry));
    for (const chunk of chunks) this.#waiting.push({ chunk, document });
    if (chunks.length === 0) this.#empty.push(document);
  }

  /** Embeds and writes up to so many of the waiting chunks; the write may go on after it returns. */
  async writeBatch(size: number): Promise<void> {
    const batch = this.#waiting.slice(0, size);
    const signal = this.#signal;
    const rows = await embedChunks(
      this.#embedders,
      batch.map(({ chunk }) => chunk),
      signal,
    );
    signal?.throwIfAborted();
    this.#waiting = this.#waiting.slice(batch.length);
    this.embedded += batch.length;
    const ended = this.#empty.splice(0);
    for (const { document } of batch) if (--document.missing === 0) ended.push(document);
    await this.#lastWrite;
    this.#lastWrite = this.#write(rows, ended);
    this.#lastWrite.catch(() => undefined); // thrown by whoever waits for it next
  }

  /** Waits for the last write, and notes what is done. */
  async finish(): Promise<void> {
    await this.#lastWrite;
    const ended = this.#empty.splice(0);
    if (ended.length > 0) await this.#write([], ended);
    await this.#note({});
  }

  async #write(rows: Parameters<KnowledgeStore['upsert']>[0], ended: readonly OpenDocument[]): Promise<void> {
    // One commit notes what the batch before has done and what this one begins.
    const begins = this.#begun;
    this.#begun = {};
    await this.#note(begins);
    if (rows.length > 0) await this.#store.upsert(rows);
    await this.#deleteStale(ended.filter(({ replaces }) => replaces));
    for (const { entry } of ended) Object.assign(this.#done, done(entry, this.#splitter));
  }

  async #note(begins: Record<string, string>): Promise<void> {
    const facts = { ...this.#done, ...begins };
    await this.#store.writeFacts(facts);
    this.#done = {};
  }

  /** Chunks that these documents had before, and have no more. */
  async #deleteStale(documents: readonly OpenDocument[]): Promise<void> {
    for (let start = 0; start < documents.length; start += page) {
      const some = documents.slice(start, start + page);
      const filter: ChunkFilter = {
        documentId: { in: some.map(({ entry }) => entry.id) },
        not: { id: { in: some.flatMap(({ ids }) => ids) } },
      };
      await this.#store.delete(filter);
    }
  }
}
