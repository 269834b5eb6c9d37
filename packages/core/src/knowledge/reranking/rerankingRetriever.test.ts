import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import { wordReranker } from '../reranker.fixture.ts';
import { bm25Retriever } from '../retrieval/index.ts';
import { makeChunk, randomChunks } from '../stores/chunks.fixture.ts';
import { memoryStore } from '../stores/memory/index.ts';
import { searchableText } from '../terms/index.ts';
import type { RankedChunk, Reranker, RetrieveOptions, Retriever } from '../types.ts';
import { RerankerError, type RerankingOptions, rerankingRetriever } from './index.ts';

const ids = (list: readonly RankedChunk[] = []) => list.map(({ chunk }) => chunk.id).join('');
const scoresOf = (list: readonly RankedChunk[] = []) => list.map(({ score }) => score);

/** a, b, c … with these scores, for every query. */
function fixed(scores: readonly number[], text = (id: string) => `text of ${id}`) {
  const asked: RetrieveOptions[] = [];
  const list = scores.map((score, i) => {
    const id = String.fromCharCode(97 + i);
    return { chunk: makeChunk(id, { text: text(id) }), score };
  });
  const retriever: Retriever = {
    retrieve: async (queries, options) => {
      asked.push(options);
      return queries.map(() => list.slice(0, options.k));
    },
  };
  return { ...retriever, asked };
}

/** Gives these scores to a, b, c …, and tells which it was asked for. */
function scoring(scores: Readonly<Record<string, number>>, onCall = (_pairs: number) => {}) {
  const calls: string[] = [];
  const reranker: Reranker = {
    fingerprint: 'given',
    score: async (requests) => {
      calls.push(requests.map(({ passages }) => passages.map((text) => text.at(-1)).join('')).join('|'));
      onCall(requests.reduce((sum, { passages }) => sum + passages.length, 0));
      return requests.map(({ passages }) =>
        Float32Array.from(passages, (text) => scores[text.at(-1) as string] as number),
      );
    },
  };
  return { ...reranker, calls };
}

const given = { a: 0, b: 3, c: 1, d: 2, e: 9 };

describe('rerankingRetriever', () => {
  it('puts the candidates in the order of the reranker; what it did not read stands behind', async () => {
    const source = fixed([5, 4, 3, 2, 1]);
    const reranker = scoring(given);
    const retriever = rerankingRetriever(source, reranker, { candidates: 3 });
    const [found] = await retriever.retrieve(['q'], { k: 5 });
    expect(ids(found)).toBe('bcade');
    expect(scoresOf(found)).toEqual([3, 1, 0, -1, -2]);
    expect(reranker.calls).toEqual(['abc']);
    const [two] = await retriever.retrieve(['q'], { k: 2 });
    expect(ids(two)).toBe('bc');
    expect(source.asked.map(({ k }) => k)).toEqual([5, 3]);
  });

  it('gives what scoring everything would, over a real store, filter and boosts included', async () => {
    const store = memoryStore();
    await store.upsert(randomChunks(120, 4));
    const queries = ['heart fever', 'bone pain nerve', 'nowhere'];
    const options = { k: 12, filter: { documentId: { ne: 'd3' } }, boosts: { faq: 2 } };
    const reranker = wordReranker();
    const found = await rerankingRetriever(bm25Retriever(store), reranker, { candidates: 20 }).retrieve(
      queries,
      options,
    );
    expect(reranker.calls).toHaveLength(1);
    const candidates = await bm25Retriever(store).retrieve(queries, { ...options, k: 20 });
    const scores = await reranker.score(
      queries.map((query, i) => ({
        query,
        passages: (candidates[i] ?? []).map(({ chunk }) => searchableText(chunk)),
      })),
    );
    queries.forEach((_, i) => {
      const expected = (candidates[i] ?? [])
        .map(({ chunk }, j) => ({ id: chunk.id, score: scores[i]?.[j] as number }))
        .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
        .slice(0, 12);
      expect(found[i]?.map(({ chunk, score }) => ({ id: chunk.id, score }))).toEqual(expected);
    });
    expect(found[0]?.length).toBe(12);
    expect(found[0]?.some(({ chunk }) => chunk.documentId === 'd3')).toBe(false);
    expect(ids(found[0])).not.toBe(ids(candidates[0]?.slice(0, 12)));
  });

  it('reads title, headings and text', async () => {
    const seen: string[] = [];
    const chunk = makeChunk('x', { title: 'T', headingPath: ['H'], text: 'body' });
    const source: Retriever = { retrieve: async () => [[{ chunk, score: 1 }]] };
    const reranker: Reranker = {
      fingerprint: 'x',
      score: async (requests) => {
        for (const { passages } of requests) seen.push(...passages);
        return requests.map(() => Float32Array.of(1));
      },
    };
    await rerankingRetriever(source, reranker).retrieve(['q'], { k: 1 });
    expect(seen).toEqual(['T\nH\nbody']);
  });

  it('breaks ties by id', async () => {
    const source: Retriever = {
      retrieve: async () => [['c', 'a', 'b'].map((id, i) => ({ chunk: makeChunk(id), score: 9 - i }))],
    };
    const [found] = await rerankingRetriever(source, scoring({ a: 1, b: 1, c: 1 })).retrieve(['q'], { k: 3 });
    expect(ids(found)).toBe('abc');
  });

  it('asks nobody where nothing was found', async () => {
    const reranker = scoring(given);
    const retriever = rerankingRetriever(fixed([]), reranker);
    expect(await retriever.retrieve([], { k: 3 })).toEqual([]);
    expect(await retriever.retrieve(['q', 'r'], { k: 3 })).toEqual([[], []]);
    expect(reranker.calls).toEqual([]);
  });

  it('mixes both scores as wanted', async () => {
    const source = fixed([1, 0.9, 0.5, 0]);
    const rerank = async (options: RerankingOptions) =>
      (await rerankingRetriever(source, scoring(given), options).retrieve(['q'], { k: 4 }))[0];
    // reranker by min-max: 0, 1, 1/3, 2/3
    const half = await rerank({ weight: 0.5 });
    expect(ids(half)).toBe('bacd');
    [0.95, 0.5, 5 / 12, 1 / 3].forEach((score, i) => {
      expect(half?.[i]?.score).toBeCloseTo(score, 12);
    });
    expect(ids(await rerank({ weight: 0 }))).toBe('abcd');
    expect(scoresOf(await rerank({ weight: 1 }))).toEqual([3, 2, 1, 0]); // its own, not normalised
    expect(ids(await rerank({ weight: 0.5, normalise: 'zscore' }))).toBe('bacd');
    const rrf = await rerank({ fusion: 'rrf' });
    expect(ids(rrf)).toBe('badc'); // ranks 2+1, 1+4, 4+2, 3+3
    expect(rrf?.[0]?.score).toBeCloseTo(0.5 / 61 + 0.5 / 62, 12);
    expect(ids(await rerank({ fusion: 'rrf', weight: 1 }))).toBe('bdca');
  });

  it('does not fail where all scores are equal', async () => {
    const retriever = rerankingRetriever(fixed([2, 2]), scoring({ a: 1, b: 1 }), { weight: 0.3 });
    const [found] = await retriever.retrieve(['q'], { k: 2 });
    expect(ids(found)).toBe('ab');
    expect(scoresOf(found).every(Number.isFinite)).toBe(true);
  });

  it('keeps what passes a threshold, and only that', async () => {
    const retriever = rerankingRetriever(fixed([5, 4, 3, 2, 1]), scoring(given), {
      candidates: 4,
      minScore: 1,
    });
    expect(ids((await retriever.retrieve(['q'], { k: 5 }))[0])).toBe('bdc'); // e was not read
    const none = rerankingRetriever(fixed([5, 4]), scoring(given), { minScore: 100 });
    expect(await none.retrieve(['q'], { k: 5 })).toEqual([[]]);
  });

  it('compares the threshold with calibrated scores, and never changes the order by them', async () => {
    const calibration = { kind: 'temperature', scale: 'logit', temperature: 2, bias: -1 } as const;
    const minScore = 0.5; // a logit of 2
    const options = { calibration, minScore };
    const [found] = await rerankingRetriever(fixed([5, 4, 3, 2]), scoring(given), options).retrieve(['q'], {
      k: 4,
    });
    expect(ids(found)).toBe('bd');
    expect(found?.[0]?.score).toBeCloseTo(1 / (1 + Math.exp(-0.5)), 12);
    expect(found?.[1]?.score).toBe(0.5);
    const flat = { kind: 'isotonic', scores: [1, 2], probabilities: [0.4, 0.4] } as const;
    const [level] = await rerankingRetriever(fixed([5, 4, 3, 2]), scoring(given), {
      calibration: flat,
    }).retrieve(['q'], { k: 4 });
    expect(ids(level)).toBe('bdca');
    expect(scoresOf(level)).toEqual([0.4, 0.4, 0.4, 0.4]);
    const mixed = { weight: 0.5, calibration, minScore };
    const [both] = await rerankingRetriever(fixed([5, 4, 3, 2]), scoring(given), mixed).retrieve(['q'], {
      k: 4,
    });
    expect(ids(both)).toBe('bd');
  });

  it('stays within a token budget, query by query', async () => {
    const source = fixed([5, 4, 3, 2, 1], (id) => `${id === 'a' ? 'q ' : ''}w w w ${id}`);
    const retrieve = async (tokenBudget: number) => {
      const reranker = wordReranker();
      const lists = await rerankingRetriever(source, reranker, { tokenBudget }).retrieve(['q', 'q q w'], {
        k: 5,
      });
      return { read: reranker.calls[0]?.map(({ passages }) => passages.length) ?? [], lists };
    };
    // 'a' has 1 + 5 + 3 tokens, the others 1 + 4 + 3; the second query has two more in each
    expect((await retrieve(9 + 8)).read).toEqual([2, 1]);
    expect((await retrieve(9 + 8 - 1)).read).toEqual([1, 1]);
    expect((await retrieve(1000)).read).toEqual([5, 5]);
    const nothing = await retrieve(8);
    expect(nothing.read).toEqual([]);
    expect(nothing.lists[0]).toEqual((await source.retrieve(['q'], { k: 5 }))[0]);
  });

  it('stays within a latency budget: the best of every query first, at the pace that it measures', async () => {
    let now = 0;
    const source = fixed([5, 4, 3, 2, 1]);
    const slow: Retriever = {
      retrieve: async (queries, options) => {
        now += 10;
        return source.retrieve(queries, options);
      },
    };
    const reranker = scoring(given, (pairs) => {
      now += 10 * pairs;
    });
    const options = { latencyBudgetMs: 75, slice: 2, clock: () => now };
    const retriever = rerankingRetriever(slow, reranker, options);
    const lists = await retriever.retrieve(['q', 'r'], { k: 5 });
    // 10 ms are gone; slices of 20 ms each end at 30, 50 and 70; no other pair fits
    expect(reranker.calls).toEqual(['a|a', 'b|b', 'c|c']);
    expect(lists.map(ids)).toEqual(['bcade', 'bcade']);
    expect(now).toBe(70);
    reranker.calls.length = 0;
    await retriever.retrieve(['q'], { k: 5 }); // the pace is known; the last slice is cut to what fits
    expect(reranker.calls).toEqual(['ab', 'cd', 'e']);
    expect(now).toBe(70 + 60);
    now = 0;
    reranker.calls.length = 0;
    await rerankingRetriever(slow, reranker, { ...options, latencyBudgetMs: 45 }).retrieve(['q'], { k: 5 });
    expect(reranker.calls).toEqual(['ab', 'c']);
  });

  it('reads one pair at least while there is time, and none where there is not', async () => {
    let now = 0;
    const reranker = scoring(given, (pairs) => {
      now += 1000 * pairs;
    });
    const options = { latencyBudgetMs: 50, slice: 2, clock: () => now };
    const retriever = rerankingRetriever(fixed([5, 4, 3]), reranker, options);
    await retriever.retrieve(['q'], { k: 3 });
    await retriever.retrieve(['q'], { k: 3 });
    expect(reranker.calls).toEqual(['ab', 'a']); // the second call knows the pace, and still measures it anew
    const late: Retriever = {
      retrieve: async (queries, wanted) => {
        now += 50;
        return fixed([5, 4, 3]).retrieve(queries, wanted);
      },
    };
    reranker.calls.length = 0;
    const [found] = await rerankingRetriever(late, reranker, options).retrieve(['q'], { k: 3 });
    expect(reranker.calls).toEqual([]);
    expect(scoresOf(found)).toEqual([5, 4, 3]);
  });

  it('stops when aborted, and hands the signal on', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const retriever = rerankingRetriever(fixed([5, 4]), wordReranker());
    await expect(retriever.retrieve(['q'], { k: 2, signal })).rejects.toThrow('enough');
    const controller = new AbortController();
    const seen: unknown[] = [];
    const watching: Reranker = {
      fingerprint: 'x',
      score: async (requests, options) => {
        seen.push(options?.signal);
        controller.abort(new Error('in between'));
        return requests.map(({ passages }) => new Float32Array(passages.length));
      },
    };
    const options = { latencyBudgetMs: 1e6, slice: 1 };
    await expect(
      rerankingRetriever(fixed([5, 4]), watching, options).retrieve(['q'], {
        k: 2,
        signal: controller.signal,
      }),
    ).rejects.toThrow('in between');
    expect(seen).toEqual([controller.signal]);
  });

  it('does not accept scores that are missing or no numbers', async () => {
    const broken = (scores: Float32Array[]): Reranker => ({ fingerprint: 'x', score: async () => scores });
    const retrieve = (scores: Float32Array[]) =>
      rerankingRetriever(fixed([5, 4]), broken(scores)).retrieve(['the query'], { k: 2 });
    await expect(retrieve([])).rejects.toThrow(RerankerError);
    await expect(retrieve([Float32Array.of(1)])).rejects.toThrow('"the query": expected 2 scores, got 1');
    await expect(retrieve([Float32Array.of(1, Number.NaN)])).rejects.toThrow('got NaN for passage 2');
  });

  it('names everything that is wrong with its options', () => {
    const wrong = {
      candidates: 0,
      weight: 1.5,
      fusion: 'sum',
      minScore: Number.NaN,
      slice: 0,
      latencyBudgetMs: -1,
      clock: 3,
      wieght: 1,
      calibration: { kind: 'isotonic', scores: [2, 1], probabilities: [0.1, 0.2] },
    } as unknown as RerankingOptions;
    let error: ConfigError | undefined;
    try {
      rerankingRetriever(fixed([]), wordReranker(), wrong);
    } catch (thrown) {
      error = thrown as ConfigError;
    }
    expect(error).toBeInstanceOf(ConfigError);
    const fields = error?.problems.map(({ field }) => field).sort();
    expect(fields).toEqual(
      expect.arrayContaining(['candidates', 'weight', 'fusion', 'minScore', 'slice', 'latencyBudgetMs']),
    );
    expect(fields).toEqual(expect.arrayContaining(['clock', 'wieght', 'calibration.scores']));
    const { fingerprint, score } = wordReranker();
    expect(() => rerankingRetriever(fixed([]), { fingerprint, score }, { tokenBudget: 9 })).toThrow(
      'tokenBudget: expected none, as this reranker has no countTokens',
    );
  });
});
