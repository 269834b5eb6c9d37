import { describe, expect, it, vi } from 'vitest';
import { wordEmbedder, wordMultiVectorEmbedder, wordSparseEmbedder } from '../embedder.fixture.ts';
import { maxSim } from '../scoring/index.ts';
import { makeChunk, randomChunks } from '../stores/chunks.fixture.ts';
import { memoryStore } from '../stores/memory/index.ts';
import { searchableText } from '../terms/index.ts';
import type { MultiVector, RankedChunk, RetrieveOptions, Retriever, SparseVector } from '../types.ts';
import {
  bm25Retriever,
  boosted,
  denseRetriever,
  distinctRetriever,
  hybridRetriever,
  maxSimReranker,
  multiVectorRetriever,
  rankDocuments,
  reciprocalRankFusion,
  retrieveDocuments,
  sparseRetriever,
  weightedFusion,
} from './index.ts';

const filledStore = async (texts: readonly string[]) => {
  const store = memoryStore();
  const chunks = texts.map((text, i) => makeChunk(`c${i}`, { text }));
  const vectors = await wordEmbedder().embedDocuments(texts);
  await store.upsert(chunks.map((chunk, i) => ({ chunk, vector: vectors[i] as Float32Array })));
  return store;
};
const ids = (list: readonly RankedChunk[] = []) => list.map(({ chunk }) => chunk.id);
const ranked = (...entries: [string, number][]): RankedChunk[] =>
  entries.map(([id, score]) => ({ chunk: makeChunk(id), score }));

describe('dense and BM25', () => {
  it('embed all queries in one call and search once', async () => {
    const store = await filledStore(['heart valve', 'lung tissue', 'heart attack', 'bone']);
    const embedder = wordEmbedder();
    const searchDense = vi.spyOn(store, 'searchDense');
    const searchText = vi.spyOn(store, 'searchText');
    const queries = ['lung', 'heart attack'];
    const dense = await denseRetriever(store, embedder).retrieve(queries, { k: 1 });
    const text = await bm25Retriever(store).retrieve(queries, { k: 1, filter: { id: { ne: 'c2' } } });
    expect(dense.map(ids)).toEqual([['c1'], ['c2']]);
    expect(text.map(ids)).toEqual([['c1'], ['c0']]);
    expect(embedder.calls).toEqual([queries]);
    expect(searchDense).toHaveBeenCalledTimes(1);
    expect(searchText).toHaveBeenCalledTimes(1);
    expect(await denseRetriever(store, embedder).retrieve([], { k: 1 })).toEqual([]);
  });

  it('stop when aborted', async () => {
    const store = await filledStore(['heart']);
    const options = { k: 1, signal: AbortSignal.abort(new Error('enough')) };
    await expect(denseRetriever(store, wordEmbedder()).retrieve(['x'], options)).rejects.toThrow('enough');
    await expect(bm25Retriever(store).retrieve(['x'], options)).rejects.toThrow('enough');
  });
});

describe('sparse and multi-vector', () => {
  const texts = ['heart valve', 'lung tissue', 'heart attack', 'bone', ''];
  const filledWithAll = async () => {
    const store = memoryStore();
    const sparse = await wordSparseEmbedder().embedDocuments(texts);
    const tokens = await wordMultiVectorEmbedder().embedDocuments(texts);
    await store.upsert(
      texts.map((text, i) => ({
        chunk: makeChunk(`c${i}`, { text, ...(i === 3 && { boostTags: ['new'] }) }),
        sparse: sparse[i] as SparseVector,
        tokens: tokens[i] as MultiVector,
      })),
    );
    return store;
  };

  it('embed all queries in one call and search once', async () => {
    const store = await filledWithAll();
    const embedders = [wordSparseEmbedder(), wordMultiVectorEmbedder()] as const;
    const searches = [vi.spyOn(store, 'searchSparse'), vi.spyOn(store, 'searchMultiVector')];
    const retrievers = [sparseRetriever(store, embedders[0]), multiVectorRetriever(store, embedders[1])];
    for (const [i, retriever] of retrievers.entries()) {
      const found = await retriever.retrieve(['lung', 'heart attack'], { k: 1 });
      expect(found.map(ids)).toEqual([['c1'], ['c2']]);
      expect(found[1]?.[0]?.score).toBeCloseTo(2, 5);
      expect(embedders[i]?.calls).toEqual([['lung', 'heart attack']]);
      expect(searches[i]).toHaveBeenCalledTimes(1);
      expect(await retriever.retrieve([], { k: 1 })).toEqual([]);
      const filter = { id: { ne: 'c2' } };
      expect((await retriever.retrieve(['heart attack'], { k: 1, filter })).map(ids)).toEqual([['c0']]);
      const boosts = { new: 9 };
      const [boosted] = await retriever.retrieve(['heart bone'], { k: 1, boosts });
      expect(ids(boosted)).toEqual(['c3']);
      const signal = AbortSignal.abort(new Error('enough'));
      await expect(retriever.retrieve(['x'], { k: 1, signal })).rejects.toThrow('enough');
    }
    const hybrid = hybridRetriever([...retrievers, bm25Retriever(store)]);
    expect(ids((await hybrid.retrieve(['heart attack'], { k: 2 }))[0])).toEqual(['c2', 'c0']);
  });

  it('compare only what another retriever has found', async () => {
    const store = await filledWithAll();
    const embedder = wordMultiVectorEmbedder();
    const first = bm25Retriever(store);
    const retriever = multiVectorRetriever(store, embedder, { candidates: first });
    const found = await retriever.retrieve(['heart valve', 'bone', 'nothing'], { k: 4 });
    expect(found.map(ids)).toEqual([['c0', 'c2'], ['c3'], []]);
    const everything = await multiVectorRetriever(store, embedder).retrieve(['heart valve'], { k: 4 });
    expect(found[0]).toEqual(everything[0]?.filter(({ chunk }) => ['c0', 'c2'].includes(chunk.id)));
    const filter = { id: { ne: 'c0' } };
    expect((await retriever.retrieve(['heart valve'], { k: 4, filter })).map(ids)).toEqual([['c2']]);
    const asked = vi.spyOn(first, 'retrieve');
    const shallow = multiVectorRetriever(store, embedder, { candidates: first, depth: 2 });
    for (const k of [1, 5]) await shallow.retrieve(['heart'], { k });
    expect(asked.mock.calls.map(([, { k }]) => k)).toEqual([2, 5]);
    expect(() => multiVectorRetriever(store, embedder, { depth: 0 })).toThrow('depth');
  });
});

describe('maxSimReranker', () => {
  it('scores passages of all requests, each text once, the empty ones last', async () => {
    const embedder = wordMultiVectorEmbedder();
    const reranker = maxSimReranker(embedder);
    const requests = [
      { query: 'heart attack', passages: ['heart valve', 'attack of the heart', '', 'bone'] },
      { query: 'bone', passages: ['bone', 'heart valve'] },
      { query: 'alone', passages: [] },
    ];
    const seen: [number, number][] = [];
    const scores = await reranker.score(requests, { onProgress: (done, total) => seen.push([done, total]) });
    expect(scores.map((list) => list.length)).toEqual([4, 2, 0]);
    expect(scores[0]?.[1]).toBeCloseTo(2, 5);
    expect(scores[0]?.[2]).toBe(-2);
    expect(scores[1]?.[0]).toBeCloseTo(1, 5);
    for (const [i, { query, passages }] of requests.entries()) {
      const [q] = await embedder.embedQueries([query]);
      const documents = await embedder.embedDocuments(passages);
      const expected = documents.map((document) => maxSim(q as MultiVector, document));
      expect(scores[i]).toEqual(Float32Array.from(expected));
    }
    expect(embedder.calls.slice(0, 2)).toEqual([
      ['heart attack', 'bone', 'alone'],
      ['heart valve', 'attack of the heart', '', 'bone'],
    ]);
    expect(seen).toEqual([[6, 6]]);
    expect(reranker.fingerprint).toContain(embedder.fingerprint);
    expect(await reranker.score([])).toEqual([]);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(reranker.score(requests, { signal })).rejects.toThrow('enough');
  });

  it('embeds many passages some at a time', async () => {
    const embedder = wordMultiVectorEmbedder();
    const passages = Array.from({ length: 2500 }, (_, i) => `passage ${i}`);
    const [scores] = await maxSimReranker(embedder).score([{ query: 'passage 2222', passages }]);
    expect(embedder.calls.slice(1).map((texts) => texts.length)).toEqual([1000, 1000, 500]);
    expect(scores?.indexOf(Math.max(...(scores ?? [])))).toBe(2222);
  });
});

describe('boosts', () => {
  it.each([{ new: 0.2 }, { new: 0.2, faq: 0.05 }, { new: -0.3 }, { faq: 0.4, guideline: -0.2, none: 1 }])(
    'by %j give what ranking everything would',
    async (boosts: Record<string, number>) => {
      const store = memoryStore();
      const chunks = randomChunks(200, 6).map(({ chunk }) => chunk);
      const vectors = await wordEmbedder().embedDocuments(chunks.map(searchableText));
      await store.upsert(chunks.map((chunk, i) => ({ chunk, vector: vectors[i] as Float32Array })));
      const retriever = denseRetriever(store, wordEmbedder());
      const filter = { documentId: { ne: 'd1' } };
      const [all] = await retriever.retrieve(['heart fever pain'], { k: 200, filter });
      const expected = boosted(all ?? [], boosts).slice(0, 8);
      const [found] = await retriever.retrieve(['heart fever pain'], { k: 8, filter, boosts });
      expect(found).toEqual(expected);
      expect(ids(found)).not.toEqual(ids(all?.slice(0, 8)));
    },
  );

  it('must be finite', async () => {
    const store = await filledStore(['heart']);
    const boosts = { a: Number.NaN, b: Number.POSITIVE_INFINITY };
    await expect(bm25Retriever(store).retrieve(['x'], { k: 1, boosts })).rejects.toThrow(
      /boosts\.a.*\n.*boosts\.b/,
    );
  });
});

describe('fusion', () => {
  const first = ranked(['a', 9], ['b', 5], ['c', 1]);
  const second = ranked(['c', 0.9], ['a', 0.5], ['d', 0.1]);

  it('by reciprocal ranks', () => {
    const fused = reciprocalRankFusion([first, second]);
    expect(ids(fused)).toEqual(['a', 'c', 'b', 'd']);
    expect(fused.map(({ score }) => score)).toEqual([
      expect.closeTo(1 / 61 + 1 / 62, 12),
      expect.closeTo(1 / 63 + 1 / 61, 12),
      expect.closeTo(1 / 62, 12),
      expect.closeTo(1 / 63, 12),
    ]);
    expect(ids(reciprocalRankFusion([first, second], { weights: [0, 1] }).slice(0, 2))).toEqual(['c', 'a']);
  });

  it('by scores from 0 to 1', () => {
    const fused = weightedFusion([first, second], { normalise: 'minmax', weights: [0.5, 0.5] });
    expect(fused.map(({ chunk, score }) => [chunk.id, score])).toEqual([
      ['a', expect.closeTo(0.5 * 1 + 0.5 * 0.5, 12)],
      ['c', expect.closeTo(0.5, 12)],
      ['b', expect.closeTo(0.25, 12)],
      ['d', 0],
    ]);
    expect(weightedFusion([ranked(['x', 3]), []], { normalise: 'minmax' })[0]?.score).toBe(1);
  });

  it('by standard scores, where a missing chunk counts as the worst', () => {
    const fused = weightedFusion([first, second], { normalise: 'zscore' });
    const z = Math.sqrt(1.5);
    expect(fused.map(({ chunk, score }) => [chunk.id, score])).toEqual([
      ['a', expect.closeTo(z, 12)],
      ['c', expect.closeTo(0, 12)],
      ['b', expect.closeTo(-z, 12)],
      ['d', expect.closeTo(-2 * z, 12)],
    ]);
  });
});

describe('hybridRetriever', () => {
  it('fuses deep lists, passes filters on and adds boosts at the end', async () => {
    const store = await filledStore(['heart valve', 'lung heart', 'heart heart attack', 'bone', 'lung']);
    const asked: RetrieveOptions[] = [];
    const spy = (retriever: Retriever): Retriever => ({
      retrieve: (queries, options) => {
        asked.push(options);
        return retriever.retrieve(queries, options);
      },
    });
    const parts = [denseRetriever(store, wordEmbedder()), bm25Retriever(store)];
    const hybrid = hybridRetriever(parts.map(spy));
    const options = { k: 2, filter: { id: { ne: 'c3' } }, boosts: { new: 1 } };
    const [found] = await hybrid.retrieve(['lung heart'], options);
    expect(ids(found)[0]).toBe('c1');
    expect(found?.[0]?.score).toBeCloseTo(2 / 61, 12);
    expect(asked).toEqual([
      { k: 50, filter: options.filter },
      { k: 50, filter: options.filter },
    ]);
    for (const fusion of [
      { fusion: 'weighted' },
      { fusion: 'weighted', normalise: 'zscore', weights: [1, 2] },
    ] as const) {
      expect(ids((await hybridRetriever(parts, fusion).retrieve(['lung heart'], { k: 1 }))[0])).toEqual([
        'c1',
      ]);
    }
  });

  it('refuses options that cannot be meant, all at once', () => {
    const wrong = { fusion: 'max', rrfK: -1, normalise: 'l2', weights: [1, -1], depth: 0 } as never;
    expect(() => hybridRetriever([], wrong)).toThrow(/retrievers.*fusion.*rrfK.*normalise.*depth.*weights/s);
  });
});

describe('distinctRetriever', () => {
  it('leaves near duplicates out and fills up', async () => {
    const text = 'the heart pumps blood through the body all day and all night without any rest';
    const store = await filledStore([
      text,
      `${text} long`,
      'the heart is a muscle',
      `${text}!`,
      'a heart attack hurts',
    ]);
    const plain = bm25Retriever(store);
    expect((await plain.retrieve(['heart'], { k: 10 }))[0]).toHaveLength(5);
    const [found] = await distinctRetriever(plain).retrieve(['heart'], { k: 3 });
    const texts = found?.map(({ chunk }) => chunk.text.slice(0, 15));
    expect(new Set(texts).size).toBe(3);
    const [strict] = await distinctRetriever(plain, { threshold: 1 }).retrieve(['heart'], { k: 10 });
    expect(strict).toHaveLength(4);
  });
});

describe('documents', () => {
  it('have the score of their best chunk, ties by id', () => {
    const of = (id: string, documentId: string, score: number) => ({
      chunk: makeChunk(id, { documentId }),
      score,
    });
    const list = [of('1', 'b', 3), of('2', 'a', 2), of('3', 'b', 4), of('4', 'c', 4)];
    expect(rankDocuments(list)).toEqual([
      { documentId: 'b', score: 4 },
      { documentId: 'c', score: 4 },
      { documentId: 'a', score: 2 },
    ]);
  });

  it('are found although one of them fills the first chunks', async () => {
    const store = memoryStore();
    const chunks = Array.from({ length: 200 }, (_, i) =>
      makeChunk(`c${i}`, {
        documentId: i < 150 ? 'long' : `d${i}`,
        text: i < 150 ? 'heart' : `heart and bone ${i}`,
      }),
    );
    const vectors = await wordEmbedder().embedDocuments(chunks.map(({ text }) => text));
    await store.upsert(chunks.map((chunk, i) => ({ chunk, vector: vectors[i] as Float32Array })));
    const [found, none] = await retrieveDocuments(bm25Retriever(store), ['heart', 'nothing'], { k: 5 });
    expect(found).toHaveLength(5);
    expect(found?.[0]?.documentId).toBe('long');
    expect(none).toEqual([]);
  });
});
