import { describe, expect, it } from 'vitest';
import type { ReadResult } from '../../corpus/index.ts';
import { wordEmbedder, wordMultiVectorEmbedder, wordSparseEmbedder } from '../embedder.fixture.ts';
import { denseRetriever, multiVectorRetriever, sparseRetriever } from '../retrieval/index.ts';
import { memoryStore } from '../stores/memory/index.ts';
import type { KnowledgeStore, SparseVector } from '../types.ts';
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

describe('ingest with several models', () => {
  const documents = corpus({ a: 1, b: 1, c: 1 });
  const all = () => ({
    embedder: wordEmbedder(),
    sparseEmbedder: wordSparseEmbedder(),
    multiVectorEmbedder: wordMultiVectorEmbedder(),
  });

  it('stores what each of them says, of the same texts', async () => {
    const store = memoryStore();
    const models = all();
    const { summary } = await run(store, documents, models);
    expect(summary).toMatchObject({ chunks: 12, embedded: 12 });
    expect(models.sparseEmbedder.calls).toEqual(models.embedder.calls);
    expect(models.multiVectorEmbedder.calls).toEqual(models.embedder.calls);
    const retrievers = [
      denseRetriever(store, models.embedder),
      sparseRetriever(store, models.sparseEmbedder),
      multiVectorRetriever(store, models.multiVectorEmbedder),
    ];
    const query = 'lazy dog number b 0 2';
    for (const retriever of retrievers) {
      const [found] = await retriever.retrieve([query], { k: 1 });
      expect(found?.map(({ chunk }) => chunk.text)).toEqual([expect.stringContaining('b 0 2')]);
    }
    const again = all();
    expect((await run(store, documents, again)).summary).toMatchObject({ unchanged: 3, embedded: 0 });
    expect(again.sparseEmbedder.calls).toEqual([]);
  });

  it('embeds all anew when one of them changes, comes or goes', async () => {
    const { embedder, sparseEmbedder, multiVectorEmbedder } = all();
    const runs: [Parameters<typeof run>[2] & object, number, Record<string, string>][] = [
      [{ embedder }, 12, { embedder: 'words-1' }],
      [{ embedder }, 0, { embedder: 'words-1' }],
      [{ embedder, sparseEmbedder }, 12, { embedder: 'words-1', sparse: 'sparse-words-1' }],
      [{ embedder, sparseEmbedder }, 0, { embedder: 'words-1', sparse: 'sparse-words-1' }],
      [
        { embedder, sparseEmbedder: wordSparseEmbedder('other') },
        12,
        { embedder: 'words-1', sparse: 'other' },
      ],
      [{ embedder, multiVectorEmbedder }, 12, { embedder: 'words-1', multiVector: 'word-vectors-1' }],
      [
        { embedder, multiVectorEmbedder: wordMultiVectorEmbedder('longer', 24) },
        12,
        { embedder: 'words-1', multiVector: 'longer' },
      ],
      [{ embedder }, 12, { embedder: 'words-1' }],
    ];
    const store = memoryStore();
    for (const [models, embedded, facts] of runs) {
      const { summary, events } = await run(store, documents, models);
      expect(summary).toMatchObject({ embedded, chunks: 12 });
      const { 'ingest:splitter': _, ...noted } = await store.readFacts('ingest:');
      const named = Object.entries(facts).map(([kind, value]) => [`ingest:${kind}`, value]);
      expect(noted).toEqual(Object.fromEntries(named));
      const isLater = embedded > 0 && summary.added + summary.unchanged > 0 && events[1]?.type === 'notice';
      expect(isLater).toBe(embedded > 0 && models !== runs[0]?.[0]);
    }
    expect(await store.searchSparse(await sparseEmbedder.embedQueries(['fox']), { k: 3 })).toEqual([[]]);
  });

  it('fills a store for sparse retrieval alone, and refuses to fill it with nothing', async () => {
    const store = memoryStore();
    const sparseEmbedder = wordSparseEmbedder();
    for (const embedded of [12, 0]) {
      const running = ingest({
        documents: results(documents),
        splitter: splitter(),
        sparseEmbedder,
        store,
      });
      let next = await running.next();
      while (!next.done) next = await running.next();
      expect(next.value).toMatchObject({ embedded, chunks: 12 });
    }
    expect(store.dimensions).toBeUndefined();
    expect(Object.keys(await store.readFacts('ingest:')).sort()).toEqual([
      'ingest:sparse',
      'ingest:splitter',
    ]);
    const [found] = await sparseRetriever(store, sparseEmbedder).retrieve(['quick fox'], { k: 20 });
    expect(found).toHaveLength(12);
    const bare = ingest({ documents: results(documents), splitter: splitter(), store });
    await expect(bare.next()).rejects.toThrow('sparseEmbedder and multiVectorEmbedder');
  });

  it('is refused by a store without token vectors before anything is embedded', async () => {
    const store = memoryStore();
    const unable = new Proxy(store, {
      get: (target, name) =>
        name === 'searchMultiVector'
          ? () => Promise.reject(new Error('no token vectors'))
          : (target[name as keyof typeof target] as () => unknown).bind(target),
    });
    const models = all();
    await expect(run(unable, documents, models)).rejects.toThrow('no token vectors');
    expect(models.embedder.calls).toEqual([]);
    expect(await store.readFacts()).toEqual({});
  });

  it('leaves nothing wrong wherever it is killed while a model changes', async () => {
    const before = { embedder: wordEmbedder(), sparseEmbedder: wordSparseEmbedder() };
    const now = { embedder: wordEmbedder(), sparseEmbedder: wordSparseEmbedder('other', 101) };
    const [query] = await now.sparseEmbedder.embedQueries(['quick lazy 0 b']);
    const search = (store: KnowledgeStore) => store.searchSparse([query as SparseVector], { k: 20 });
    const clean = memoryStore();
    await run(clean, documents, now);
    let kills = 0;
    for (const after of [false, true]) {
      for (let at = 1, isKilled = true; isKilled; at++) {
        const store = memoryStore();
        await run(store, documents, before);
        isKilled = await run(failingStore(store, at, after), documents, now).then(
          () => false,
          (error: Error) => error.message === 'killed',
        );
        if (isKilled) kills++;
        await run(store, documents, now);
        expect(await search(store)).toEqual(await search(clean));
      }
    }
    expect(kills).toBeGreaterThan(10);
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
