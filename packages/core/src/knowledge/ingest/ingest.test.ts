import { describe, expect, it } from 'vitest';
import type { ReadResult } from '../../corpus/index.ts';
import { wordEmbedder } from '../embedder.fixture.ts';
import { memoryStore } from '../stores/memory/index.ts';
import { ingest } from './index.ts';
import { allChunks, corpus, failingStore, makeDocument, results, run, splitter } from './ingest.fixture.ts';

const clean = async (documents: Parameters<typeof run>[1], options = {}) => {
  const store = memoryStore();
  await run(store, documents, options);
  return allChunks(store);
};

describe('ingest', () => {
  it('embeds what is new or changed, and nothing else', async () => {
    const store = memoryStore();
    const first = await run(store, corpus({ a: 1, b: 1, c: 1 }));
    expect(first.summary).toMatchObject({ documents: 3, added: 3, changed: 0, chunks: 12, embedded: 12 });
    const again = wordEmbedder();
    const second = await run(store, corpus({ a: 1, b: 1, c: 1 }), { embedder: again });
    expect(again.calls).toEqual([]);
    expect(second.summary).toMatchObject({ documents: 3, unchanged: 3, added: 0, chunks: 12, embedded: 0 });

    const third = wordEmbedder();
    const documents = corpus({ a: 1, b: 2, d: 1 });
    const { summary } = await run(store, documents, { embedder: third });
    expect(summary).toMatchObject({
      documents: 3,
      added: 1,
      changed: 1,
      unchanged: 1,
      removed: 1,
      embedded: 8,
    });
    expect(third.calls.flat().some((text) => text.includes(' a '))).toBe(false);
    expect(await allChunks(store)).toEqual(await clean(documents));
    await run(store, []);
    expect(await store.count()).toBe(0);
  });

  it('tells stages, progress and what came out', async () => {
    const { events, summary } = await run(memoryStore(), corpus({ a: 1, b: 1, c: 1 }));
    const stages = events
      .filter((event) => event.type === 'stage')
      .map(({ stage, status }) => `${stage} ${status}`);
    expect(stages).toEqual(['ingest started', 'index started', 'index done', 'ingest done']);
    expect(events.at(-1)).toMatchObject({ summary: '3 documents, 12 chunks; 3 added' });
    expect(events.filter((event) => event.type === 'progress').at(-1)).toMatchObject({
      done: 3,
      unit: 'documents',
    });
    expect(summary.seconds).toBeGreaterThan(0);
  });

  it('reports what cannot be read or stored, goes on, and keeps what it had of it', async () => {
    const store = memoryStore();
    await run(store, corpus({ a: 1, b: 1 }));
    const documents = [
      { type: 'unreadable', source: 'a.txt', reason: 'no permission' } satisfies ReadResult,
      { type: 'skipped', source: 'x.bin', reason: 'unknown' } satisfies ReadResult,
      makeDocument('bad\0id', 'text'),
      ...corpus({ c: 1 }),
    ];
    const { summary, events } = await run(store, documents);
    expect(summary).toMatchObject({ documents: 2, added: 1, removed: 1 });
    expect(summary.unreadable.map(({ source }) => source)).toEqual(['a.txt', 'bad\0id.txt']);
    const notices = events.filter((event) => event.type === 'notice').map(({ message }) => message);
    expect(notices[0]).toBe('a.txt: no permission');
    expect(notices[1]).toContain('documentId');
    expect(new Set((await allChunks(store)).map(({ documentId }) => documentId))).toEqual(
      new Set(['a', 'c']),
    );
  });

  it('keeps documents that are gone if asked to', async () => {
    const store = memoryStore();
    await run(store, corpus({ a: 1 }));
    const { summary } = await run(store, corpus({ b: 1 }), { removeMissing: false });
    expect(summary).toMatchObject({ documents: 2, removed: 0, chunks: 8 });
    expect((await run(store, corpus({ a: 1, b: 1 }))).summary).toMatchObject({ unchanged: 2, embedded: 0 });
  });

  it('starts anew with another embedding model, also of another length, and with another splitter', async () => {
    const store = memoryStore();
    const documents = corpus({ a: 1, b: 1 });
    await run(store, documents);
    const model = wordEmbedder('words-2', 32);
    const other = await run(store, documents, { embedder: model });
    expect(other.summary).toMatchObject({ embedded: 8, chunks: 8, documents: 2 });
    expect(store.dimensions).toBe(32);
    expect(other.events.find((event) => event.type === 'notice')?.message).toContain('embedding model');
    const recut = await run(store, documents, { embedder: model, splitter: splitter(200) });
    expect(recut.events.find((event) => event.type === 'notice')?.message).toContain('splitter');
    expect(recut.summary).toMatchObject({ changed: 2 });
    expect(await allChunks(store)).toEqual(await clean(documents, { splitter: splitter(200) }));
    expect(
      (await run(store, documents, { embedder: model, splitter: splitter(200) })).events,
    ).not.toContainEqual(expect.objectContaining({ type: 'notice' }));
  });

  it('refuses a batch size that is none', async () => {
    await expect(run(memoryStore(), [], { batchSize: 0 })).rejects.toThrow('batchSize');
  });
});

describe('ingest, stopped', () => {
  it('goes on where it was aborted', async () => {
    const store = memoryStore();
    const documents = corpus({ a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 });
    const controller = new AbortController();
    const running = ingest({
      documents: results(documents),
      splitter: splitter(),
      embedder: wordEmbedder(),
      store,
      batchSize: 4,
      signal: controller.signal,
    });
    const aborted = (async () => {
      for await (const event of running) {
        if (event.type === 'progress' && event.done === 3) controller.abort(new Error('stopped by hand'));
      }
    })();
    await expect(aborted).rejects.toThrow('stopped by hand');
    const { summary } = await run(store, documents);
    expect(summary).toMatchObject({ unchanged: 3, added: 3, embedded: 12, chunks: 24 });
    expect(await allChunks(store)).toEqual(await clean(documents));
  });

  it('leaves nothing wrong wherever it is killed', async () => {
    const before = corpus({ a: 1, b: 1, c: 1, d: 1 });
    const meanwhile = corpus({ a: 1, b: 2, c: 2, e: 1 });
    // Killed while it wrote version 2 of c, which is then version 1 again; e came and went.
    const finally_ = corpus({ a: 1, b: 2, c: 1, f: 1 });
    const expected = await clean(finally_);
    const models = [wordEmbedder('words-1'), wordEmbedder('words-2', 32)];
    let kills = 0;
    for (const embedder of models) {
      for (const after of [false, true]) {
        for (let at = 1, isKilled = true; isKilled; at++) {
          const store = memoryStore();
          await run(store, before);
          const options = { embedder, batchSize: 3 };
          isKilled = await run(failingStore(store, at, after), meanwhile, options).then(
            () => false,
            (error: Error) => error.message === 'killed',
          );
          if (isKilled) kills++;
          const { summary } = await run(store, finally_, options);
          expect(await allChunks(store)).toEqual(expected);
          expect(summary).toMatchObject({ documents: 4, chunks: 16 });
          expect(Object.keys(await store.readFacts('document:')).sort()).toEqual([
            'document:a',
            'document:b',
            'document:c',
            'document:f',
          ]);
        }
      }
    }
    expect(kills).toBeGreaterThan(40);
  });

  it('holds one batch, not the corpus', async () => {
    let read = 0;
    let embedded = 0;
    let most = 0;
    async function* many(): AsyncGenerator<ReadResult> {
      for (; read < 300; read++) {
        most = Math.max(most, read * 4 - embedded);
        yield { type: 'document', document: corpus({ [`d${read}`]: 1 })[0] as never };
      }
    }
    const words = wordEmbedder();
    const embedder = {
      ...words,
      embedDocuments: async (texts: readonly string[]) => {
        embedded += texts.length;
        return words.embedDocuments(texts);
      },
    };
    const { summary } = await run(memoryStore(), [], { documents: many(), embedder, batchSize: 16 });
    expect(summary.chunks).toBe(1200);
    expect(most).toBeLessThanOrEqual(20);
  });
});
