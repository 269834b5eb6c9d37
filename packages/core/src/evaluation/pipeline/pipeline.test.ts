import { describe, expect, it, vi } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import { wordReranker } from '../../knowledge/reranker.fixture.ts';
import { rerankingRetriever } from '../../knowledge/reranking/index.ts';
import { bm25Retriever } from '../../knowledge/retrieval/index.ts';
import type { RankedChunk, Retriever } from '../../knowledge/types.ts';
import { compareRuns, evaluateRun, retrieverRun } from '../index.ts';
import type { Run } from '../types.ts';
import { evaluatePipeline, type PipelineTask, storeChunks } from './index.ts';
import { knowingReranker, smallCorpus } from './pipeline.fixture.ts';

const { store, queries, judgements } = await smallCorpus();
const bm25 = bm25Retriever(store);
const metrics = ['ndcg@10', 'recall@100', 'map'];
const quick = { resamples: 200, permutations: 200 };
const task = (stages: PipelineTask['stages'], more: Partial<PipelineTask> = {}): PipelineTask => ({
  stages,
  queries,
  judgements,
  metrics,
  latencyQueries: 0,
  compare: quick,
  ...more,
});
const asObject = (run: Run | undefined) =>
  Object.fromEntries([...(run ?? [])].map(([query, found]) => [query, Object.fromEntries(found)]));

describe('evaluatePipeline', () => {
  it('measures what is served: each stage alone gives the same run', async () => {
    const reranker = wordReranker();
    const options = { candidates: 8, weight: 0.7 };
    const { stages } = await evaluatePipeline(
      task([
        { name: 'bm25', retriever: bm25 },
        { name: 'reranked', reranker, options },
      ]),
    );
    expect(stages.map(({ name, kind, over }) => [name, kind, over])).toEqual([
      ['bm25', 'retriever', undefined],
      ['reranked', 'reranker', 'bm25'],
    ]);
    const served = [bm25, rerankingRetriever(bm25, reranker, options)];
    for (const [i, retriever] of served.entries()) {
      const run = await retrieverRun(queries, retriever, 100);
      expect(asObject(stages[i]?.honest.run)).toEqual(asObject(run));
      expect(stages[i]?.honest.results).toEqual(evaluateRun(judgements, run, metrics));
    }
    expect(stages[0]?.honest.run).not.toEqual(stages[1]?.honest.run);
  });

  it('compares each stage with the one before, the first, and the one it reads', async () => {
    const other: Retriever = {
      retrieve: async (texts, options) =>
        bm25.retrieve(
          texts.map(() => 'bone'),
          options,
        ),
    };
    const { stages } = await evaluatePipeline(
      task([
        { name: 'base', retriever: other },
        { name: 'tuned', retriever: bm25 },
        { name: 'wrong', reranker: knowingReranker(queries, judgements, -1) },
        { name: 'right', reranker: knowingReranker(queries, judgements) },
      ]),
    );
    const runs = stages.map(({ honest }) => honest.run);
    const expected = (base: number, tuned: number) =>
      compareRuns(judgements, runs[base] as Run, runs[tuned] as Run, metrics, quick);
    const right = stages[3]?.honest;
    expect(right?.againstPrevious?.map(({ comparison }) => comparison)).toEqual(expected(2, 3));
    expect(right?.againstFirst?.map(({ comparison }) => comparison)).toEqual(expected(0, 3));
    expect(right?.againstSource?.map(({ comparison }) => comparison)).toEqual(expected(1, 3));
    expect(stages[0]?.honest).not.toHaveProperty('againstPrevious');
    expect(stages[0]?.honest).not.toHaveProperty('againstFirst');
    expect(stages[1]?.honest).not.toHaveProperty('againstSource');
    expect(right?.intervals[0]).toEqual(expected(0, 3)[0]?.tunedInterval);
    const gain = right?.againstPrevious?.[0];
    expect(gain?.improved.length).toBe(gain?.comparison.improved);
    expect(gain?.improved.length).toBeGreaterThan(3);
    expect(gain?.worse).toEqual([]);
    const changes = gain?.improved.map(({ change }) => change) ?? [];
    expect(changes).toEqual([...changes].sort((a, b) => b - a));
    const loss = stages[2]?.honest.againstPrevious?.[0];
    expect(loss?.worse.length).toBe(loss?.comparison.worse);
    expect(loss?.worse.length).toBeGreaterThan(3);
    expect(loss?.worse[0]?.change).toBe(Math.min(...(loss?.worse ?? []).map(({ change }) => change)));
  });

  it('a run that is given is measured to depth k, as what is retrieved', async () => {
    const deep = await retrieverRun(queries, bm25, 100);
    const { stages } = await evaluatePipeline(
      task([{ name: 'theirs', run: deep }], { k: 1, metrics: ['recall'] }),
    );
    expect([...(stages[0]?.honest.run ?? [])].every(([, found]) => found.size <= 1)).toBe(true);
    const { stages: whole } = await evaluatePipeline(
      task([{ name: 'theirs', run: deep }], { metrics: ['recall'] }),
    );
    expect(whole[0]?.positives.missed).toBeLessThan(stages[0]?.positives.missed as number);
  });

  it('calibration is for the threshold: the ties that it makes put nothing in another order', async () => {
    const reranker = wordReranker();
    const calibration = { kind: 'isotonic', scores: [0, 1], probabilities: [0.5, 0.5] } as const;
    const both = await evaluatePipeline(
      task([
        { name: 'bm25', retriever: bm25 },
        { name: 'plain', reranker },
        { name: 'calibrated', reranker, options: { calibration } },
      ]),
    );
    expect(both.stages[2]?.honest.results).toEqual(both.stages[1]?.honest.results);
  });

  it('retrieves once, scores all queries in a call, and no passage twice', async () => {
    const retrieve = vi.fn(bm25.retrieve);
    const [first, second] = [knowingReranker(queries, judgements), wordReranker()];
    const { stages } = await evaluatePipeline(
      task(
        [
          { name: 'bm25', retriever: { retrieve } },
          { name: 'first', reranker: first, options: { candidates: 4 } },
          { name: 'second', reranker: second, options: { candidates: 6 } },
        ],
        { chunksOf: storeChunks(store) },
      ),
    );
    expect(retrieve).toHaveBeenCalledTimes(1);
    expect(second.calls).toHaveLength(2);
    expect(second.calls[0]).toHaveLength(queries.size);
    const pairs = second.calls.flat().flatMap(({ query, passages }) => passages.map((p) => `${query}\n${p}`));
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(second.calls[1]?.flatMap(({ passages }) => passages)).toHaveLength(
      2 * (stages[2]?.positives.missed ?? 0), // two chunks a document
    );
  });

  it('tells what the retriever missed from what the reranker could do', async () => {
    const { stages } = await evaluatePipeline(
      task(
        [
          { name: 'bm25', retriever: bm25 },
          { name: 'knows all', reranker: knowingReranker(queries, judgements), options: { candidates: 6 } },
        ],
        { chunksOf: storeChunks(store) },
      ),
    );
    const [retriever, reranker] = stages;
    expect(reranker?.oracle?.results.map(({ mean }) => mean)).toEqual([1, 1, 1]);
    expect(retriever?.oracle?.results[1]?.mean).toBe(1); // appended: found, at the end
    expect(retriever?.oracle?.results[0]?.mean).toBe(retriever?.honest.results[0]?.mean);
    // By hand: nDCG 1 only where nothing is missed, and as many positives missed as counted.
    let missed = 0;
    let total = 0;
    const found = await bm25.retrieve([...queries.values()], { k: 6 });
    [...judgements].forEach(([query, judged], i) => {
      const documents = new Set(found[i]?.map(({ chunk }) => chunk.documentId));
      const positives = [...judged].filter(([, grade]) => grade > 0);
      const lost = positives.filter(([id]) => !documents.has(id)).length;
      total += positives.length;
      missed += lost;
      if (lost === 0) expect(reranker?.honest.results[0]?.perQuery.get(query)).toBe(1);
      else expect(reranker?.honest.results[0]?.perQuery.get(query)).toBeLessThan(1);
    });
    expect(missed).toBeGreaterThan(2);
    expect(total - missed).toBeGreaterThan(2);
    expect(reranker?.positives).toEqual({ total, missed });
    expect(reranker?.honest.results[0]?.mean).toBeLessThan(1);
  });

  it('has no oracle view where nobody has the missed documents', async () => {
    const { stages } = await evaluatePipeline(task([{ name: 'bm25', retriever: bm25 }]));
    expect(stages[0]).not.toHaveProperty('oracle');
    expect(stages[0]).not.toHaveProperty('latency');
  });

  it('reranks a recorded run', async () => {
    const run = await retrieverRun(queries, bm25, 5);
    const { stages } = await evaluatePipeline(
      task(
        [
          { name: 'recorded', run },
          { name: 'knows all', reranker: knowingReranker(queries, judgements) },
        ],
        { chunksOf: storeChunks(store), latencyQueries: 2 },
      ),
    );
    expect(stages.map(({ kind }) => kind)).toEqual(['run', 'reranker']);
    expect(asObject(stages[0]?.honest.run)).toEqual(asObject(run));
    expect(stages[0]).not.toHaveProperty('latency');
    expect(stages[1]?.latency?.queries).toBe(2);
    for (const [query, documents] of stages[1]?.honest.run ?? [])
      expect([...documents.keys()].sort()).toEqual([...(run.get(query)?.keys() ?? [])].sort());
    expect(stages[1]?.honest.results[0]?.mean).toBeGreaterThan(stages[0]?.honest.results[0]?.mean as number);
  });

  it('measures queries one at a time too', async () => {
    const retrieve = vi.fn(bm25.retrieve);
    const reranker = wordReranker();
    const { stages } = await evaluatePipeline(
      task(
        [
          { name: 'bm25', retriever: { retrieve } },
          { name: 'reranked', reranker },
        ],
        { latencyQueries: 5 },
      ),
    );
    expect(retrieve.mock.calls.map(([texts]) => texts.length)).toEqual([12, ...Array(12).fill(1)]);
    expect(reranker.calls.map(({ length }) => length)).toEqual([12, 1, 1, 1, 1, 1, 1]);
    for (const { latency } of stages) {
      expect(latency?.queries).toBe(5);
      expect(latency?.p50).toBeGreaterThan(0);
      expect(latency?.p95).toBeGreaterThanOrEqual(latency?.p50 as number);
    }
  });

  it('never finds the document that is the query, if told so', async () => {
    const own = new Map([['d3', queries.get('q0') as string]]);
    const judged = new Map([['d3', new Map(Object.entries({ d3: 1, d4: 1 }))]]);
    const seen = vi.fn();
    const reranker = wordReranker();
    const everything: Retriever = {
      retrieve: async (texts, { k }) => {
        seen(k);
        const all: RankedChunk[] = [];
        for await (const chunk of store.chunks()) all.push({ chunk, score: 1 });
        return texts.map(() => all.slice(0, k));
      },
    };
    const { stages } = await evaluatePipeline(
      task(
        [
          { name: 'all', retriever: everything },
          { name: 'reranked', reranker },
        ],
        {
          queries: own,
          judgements: judged,
          excludeSameId: true,
          chunksOf: storeChunks(store),
        },
      ),
    );
    for (const { honest, oracle } of stages)
      for (const view of [honest, oracle])
        expect([...(view?.run.get('d3')?.keys() ?? [])]).not.toContain('d3');
    const read = reranker.calls.flat().flatMap(({ passages }) => passages);
    expect(read.some((text) => /number 3\b/.test(text))).toBe(false);
    expect(read).toHaveLength(50); // a full set of candidates all the same
  });

  it('names everything that is wrong', async () => {
    const reranker = wordReranker();
    const wrong = async (stages: PipelineTask['stages'], more: Partial<PipelineTask> = {}) => {
      const error = await evaluatePipeline(task(stages, more)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ConfigError);
      return (error as ConfigError).problems.map(({ field }) => field);
    };
    expect(await wrong([], { latencyQueries: -1 })).toEqual(['stages', 'latencyQueries']);
    expect(await wrong([{ name: 'a', reranker }])).toEqual(['stages.0']);
    expect(
      await wrong([
        { name: 'a', retriever: bm25 },
        { name: 'a', reranker, over: 'b' },
      ]),
    ).toEqual(['stages.1.name', 'stages.1.over']);
    expect(
      await wrong([
        { name: 'a', run: new Map() },
        { name: 'b', reranker },
      ]),
    ).toEqual(['chunksOf']);
    expect(
      await wrong([
        { name: 'a', retriever: bm25 },
        { name: 'b', reranker, options: { weight: 2 } },
      ]),
    ).toEqual(['weight']);
    expect(await wrong([{ name: 'a', retriever: bm25 }], { queries: new Map() })).toContain('queries.q0');
    await expect(
      evaluatePipeline(task([{ name: 'a', retriever: bm25 }], { metrics: ['f1'] })),
    ).rejects.toThrow('unknown metric');
  });

  it('stops when aborted', async () => {
    const controller = new AbortController();
    const stages = [
      { name: 'bm25', retriever: bm25 },
      { name: 'reranked', reranker: wordReranker() },
    ];
    const onProgress = (stage: string) => {
      if (stage === 'bm25') controller.abort(new Error('enough'));
    };
    await expect(evaluatePipeline(task(stages, { signal: controller.signal, onProgress }))).rejects.toThrow(
      'enough',
    );
  });
});
