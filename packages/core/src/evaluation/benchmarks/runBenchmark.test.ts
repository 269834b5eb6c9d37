import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory } from '@ragwright/torch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import type { RunEvent } from '../../base/progress.ts';
import { wordReranker } from '../../knowledge/reranker.fixture.ts';
import type { Reranker } from '../../knowledge/types.ts';
import { rankDocuments, UnknownMetricError } from '../metrics/index.ts';
import { wordEmbedder } from '../retrieval/words.fixture.ts';
import type { Run } from '../types.ts';
import { type MadeUpSet, organs, writeBeirFolder } from './beirFolder.fixture.ts';
import { type BenchmarkResult, type BenchmarkTask, openBeir, rerankRun, runBenchmark } from './index.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ragwright-bench-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = (set: MadeUpSet = organs) => openBeir(writeBeirFolder(join(root, 'set'), set));

async function run(task: BenchmarkTask): Promise<{ result: BenchmarkResult; events: RunEvent[] }> {
  const events: RunEvent[] = [];
  const running = runBenchmark(task);
  for (;;) {
    const next = await running.next();
    if (next.done) return { result: next.value, events };
    events.push(next.value);
  }
}

const mean = ({ stages }: BenchmarkResult, metric: string, stage = 0) =>
  stages[stage]?.results.find(({ name }) => name === metric)?.mean;
const notices = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));
const idsOf = (found: Run, query: string) => rankDocuments(found.get(query) ?? new Map());

describe('bm25', () => {
  it('has the scores of BM25 with k1 0.9 and b 0.4 over title and text', async () => {
    const { result } = await run({ data: await open(), first: { kind: 'bm25' } });
    expect(result).toMatchObject({ name: 'set', split: 'test', documents: 5, queries: 3, k: 100 });
    const scores = result.stages[0].run.get('q1');
    // stemmed, without stop words: heart heart pump blood through bodi | lung lung take oxygen out air | …
    const lengths = { d1: 6, d2: 6, d3: 5, d4: 6, d5: 8 };
    const average = Object.values(lengths).reduce((sum, length) => sum + length, 0) / 5;
    const part = (df: number, tf: number, length: number) =>
      (Math.log(1 + (5 - df + 0.5) / (df + 0.5)) * tf * 1.9) / (tf + 0.9 * (0.6 + (0.4 * length) / average));
    expect(scores?.get('d1')).toBeCloseTo(part(1, 1, lengths.d1) + part(3, 1, lengths.d1), 5);
    expect(scores?.get('d3')).toBeCloseTo(part(3, 1, lengths.d3), 5);
    expect([...(scores?.keys() ?? [])].sort()).toEqual(['d1', 'd3', 'd5']);
  });

  it('measures graded gains linearly, over every judged query', async () => {
    const task = { data: await open(), first: { kind: 'bm25' }, metrics: ['ndcg@10', 'recall@1'] } as const;
    const { result, events } = await run(task);
    const order = idsOf(result.stages[0].run, 'q1'); // d1 first, d5 and d3 behind
    expect(order[0]).toBe('d1');
    const dcg = 2 + 1 / Math.log2(order.indexOf('d3') + 2);
    const ideal = 2 + 1 / Math.log2(3);
    expect(mean(result, 'ndcg@10')).toBeCloseTo((dcg / ideal + 1 + 1) / 3, 12);
    expect(mean(result, 'recall@1')).toBeCloseTo((0.5 + 1 + 1) / 3, 12);
    expect(events.at(-1)).toMatchObject({ type: 'evaluation', model: 'bm25', split: 'test' });
    expect(notices(events)).toEqual([]);
  });

  const twins: MadeUpSet = {
    corpus: { a: ['', 'red apples'], b: ['', 'red apples and pears'], c: ['', 'green apples'] },
    queries: { a: 'red apples' },
    qrels: { test: [['a', 'c', 1]] },
  };

  it("passes over a document with the query's own id, unless told otherwise, and finds k others", async () => {
    const task = { data: await open(twins), first: { kind: 'bm25' }, k: 2, metrics: ['mrr'] } as const;
    const strict = await run(task);
    expect(idsOf(strict.result.stages[0].run, 'a')).toEqual(['b', 'c']);
    expect(mean(strict.result, 'mrr')).toBe(0.5);
    const loose = await run({ ...task, excludeSameId: false });
    expect(idsOf(loose.result.stages[0].run, 'a')).toEqual(['a', 'b']);
    expect(mean(loose.result, 'mrr')).toBe(0);
    expect(notices([...strict.events, ...loose.events])).toEqual([]);
    const found = new Map([
      [
        'a',
        new Map([
          ['a', 3],
          ['c', 2],
        ]),
      ],
    ]);
    const given = await run({ ...task, first: { kind: 'run', name: 'theirs', run: found } });
    expect(mean(given.result, 'mrr')).toBe(1);
  });

  it('does not where such a document is judged relevant, unless told to', async () => {
    const data = await open({ ...twins, qrels: { test: [['a', 'a', 1]] } });
    const { result, events } = await run({ data, first: { kind: 'bm25' }, metrics: ['mrr'] });
    expect(result.excludeSameId).toBe(false);
    expect(mean(result, 'mrr')).toBe(1);
    const message =
      'set: 1 query with a relevant document of the same id, so documents of the same id count here';
    expect(events[0]).toEqual({ type: 'notice', level: 'info', message });
    const strict = await run({ data, first: { kind: 'bm25' }, metrics: ['mrr'], excludeSameId: true });
    expect(strict.result.excludeSameId).toBe(true);
    expect(mean(strict.result, 'mrr')).toBe(0);
    expect(notices(strict.events)).toEqual([expect.stringContaining('which does not count')]);
  });

  it('k is what is measured, also where a reranker reads more, and of a run that is given', async () => {
    const data = await open();
    const settings = { data, metrics: ['recall'], k: 1 } as const;
    const alone = await run({ ...settings, first: { kind: 'bm25' } });
    const both = await run({ ...settings, first: { kind: 'bm25' }, reranker: wordReranker() });
    expect(mean(both.result, 'recall')).toBe(mean(alone.result, 'recall'));
    expect(both.result.stages.map((stage) => stage.run.get('q1')?.size)).toEqual([1, 1]);
    const deep = await run({ data, first: { kind: 'bm25' }, metrics: ['recall'] });
    const given = { kind: 'run', name: 'theirs', run: deep.result.stages[0].run } as const;
    expect(mean((await run({ ...settings, first: given })).result, 'recall')).toBe(
      mean(alone.result, 'recall'),
    );
    const whole = await run({ data, first: given, metrics: ['recall'] });
    expect(mean(whole.result, 'recall')).toBe(mean(deep.result, 'recall'));
    expect(mean(deep.result, 'recall')).toBeGreaterThan(mean(alone.result, 'recall') as number);
  });

  it('judgements of other queries are an error, not a 0', async () => {
    const data = await open();
    const strange = { ...data, judgements: new Map([['elsewhere', new Map([['d1', 1]])]]) };
    await expect(run({ data: strange, first: { kind: 'bm25' } })).rejects.toThrow(/none of 1 has a text/);
  });

  it('counts what the corpus lacks as missed, and leaves out judged queries without a text, as BEIR does', async () => {
    const qrels = {
      test: [
        ['q1', 'd1', 1],
        ['q1', 'gone', 1],
        ['nobody', 'd1', 1],
      ],
    } as const;
    const { result, events } = await run({ data: await open({ ...organs, qrels }), first: { kind: 'bm25' } });
    expect(result.queries).toBe(1);
    expect(mean(result, 'recall@100')).toBe(0.5);
    expect(notices(events)).toEqual([
      'set: 1 judged query without a text left out',
      'set: 1 relevant document not in the corpus, so missed',
    ]);
  });

  it('tells when a metric looks further than k', async () => {
    const { events } = await run({ data: await open(), first: { kind: 'bm25' }, k: 10 });
    expect(notices(events)).toEqual(['set: recall@100, map@100 of the first 10 documents only']);
  });
});

describe('dense and hybrid', () => {
  it('finds by cosine what shares words, embeds every document once, and leaves no tensor', async () => {
    const embedder = wordEmbedder();
    const before = memory().liveTensors;
    const { result } = await run({ data: await open(), first: { kind: 'dense', embedder } });
    expect(memory().liveTensors).toBe(before);
    expect(idsOf(result.stages[0].run, 'q2')[0]).toBe('d2');
    expect(embedder.embedded).toContain('Heart The heart pumps blood through the body.');
    expect(embedder.embedded).toHaveLength(5 + 3); // not the query that nobody judged
    expect(idsOf(result.stages[0].run, 'q2')).toHaveLength(5);
  });

  it('fuses both', async () => {
    const { result } = await run({ data: await open(), first: { kind: 'hybrid', embedder: wordEmbedder() } });
    expect(result.stages[0].name).toBe('hybrid');
    expect(result.stages[0].run.get('q2')?.get('d2')).toBeCloseTo(2 / 61, 6); // first in both lists
  });

  it('frees its tensors when the embedder fails', async () => {
    const before = memory().liveTensors;
    const embedder = { ...wordEmbedder(), embedQueries: () => Promise.reject(new Error('no queries')) };
    await expect(run({ data: await open(), first: { kind: 'dense', embedder } })).rejects.toThrow(
      'no queries',
    );
    expect(memory().liveTensors).toBe(before);
  });
});

/** Likes some documents more than others, by a word in them. */
const likes = (word: string): Reranker => ({
  fingerprint: word,
  score: async (requests) =>
    requests.map(({ passages }) => Float32Array.from(passages, (text) => (text.includes(word) ? 1 : 0))),
});

describe('reranker', () => {
  it('is measured beside the first stage, and compared with it', async () => {
    const reranker = wordReranker();
    const { result, events } = await run({ data: await open(), first: { kind: 'bm25' }, reranker });
    expect(result.stages.map(({ name }) => name)).toEqual(['bm25', 'reranked']);
    expect(result.comparisons?.map(({ metric }) => metric)).toEqual([
      'ndcg@10',
      'recall@100',
      'mrr@10',
      'map@100',
    ]);
    const [ndcg] = result.comparisons ?? [];
    expect(ndcg).toMatchObject({
      base: mean(result, 'ndcg@10'),
      tuned: mean(result, 'ndcg@10', 1),
      queries: 3,
    });
    expect(
      reranker.calls
        .flat()
        .map(({ query }) => query)
        .sort(),
    ).toEqual(Object.values(organs.queries).slice(0, 3).sort());
    expect(reranker.calls.flat()[0]?.passages).toContain('Heart The heart pumps blood through the body.');
    expect(events.filter(({ type }) => type === 'evaluation')).toHaveLength(2);
  });

  it('changes the order of the candidates only; the others stay behind them', async () => {
    const task = { data: await open(), first: { kind: 'dense', embedder: wordEmbedder() } } as const;
    const { result } = await run({ ...task, reranker: likes('urine'), candidates: 2 });
    const [first, reranked] = result.stages;
    const before = idsOf(first.run, 'q1');
    const after = idsOf(reranked?.run as Run, 'q1');
    expect(new Set(after.slice(0, 2))).toEqual(new Set(before.slice(0, 2)));
    expect(after.slice(2)).toEqual(before.slice(2));
    const all = await run({ ...task, reranker: likes('urine') });
    expect(idsOf(all.result.stages[1]?.run as Run, 'q1')[0]).toBe('d3');
  });

  it('retrieves as many as it is to read', async () => {
    const reranker = wordReranker();
    const first = { kind: 'dense', embedder: wordEmbedder() } as const;
    await run({ data: await open(), first, reranker, k: 1, candidates: 4, metrics: ['mrr@10'] });
    expect(reranker.calls.flat().map(({ passages }) => passages.length)).toEqual([4, 4, 4]);
  });
});

describe('a run that is given', () => {
  const given: Run = new Map([
    [
      'q1',
      new Map([
        ['d2', 3],
        ['d1', 2],
        ['d9', 1],
      ]),
    ],
    ['q3', new Map([['d4', 1]])],
    ['other', new Map([['d1', 1]])],
  ]);

  it('is measured against the judgements, and checked against the corpus', async () => {
    const first = { kind: 'run', name: 'theirs', run: given } as const;
    const { result, events } = await run({ data: await open(), first, metrics: ['mrr@10'] });
    expect(result.stages[0]).toMatchObject({ name: 'theirs', run: given });
    expect(mean(result, 'mrr@10')).toBe((0.5 + 0 + 1) / 3);
    expect(result.documents).toBe(5);
    expect(notices(events)).toEqual([
      'set: 1 document of the run not in the corpus',
      'set: 1 judged query not in the run, so 0',
    ]);
  });

  it('can be reranked', async () => {
    const first = { kind: 'run', name: 'theirs', run: given } as const;
    const { result } = await run({
      data: await open(),
      first,
      reranker: likes('pumps'),
      metrics: ['mrr@10'],
    });
    expect(idsOf(result.stages[1]?.run as Run, 'q1')).toEqual(['d1', 'd2']);
    expect(mean(result, 'mrr@10', 1)).toBe((1 + 0 + 1) / 3);
  });
});

describe('rerankRun', () => {
  it('takes empty lists, no queries, and more queries than a batch', async () => {
    const ids = Array.from({ length: 19 }, (_, i) => `q${i}`);
    const queries = new Map(ids.map((id) => [id, 'x']));
    const lists = new Map(
      ids.map((id, i) => [
        id,
        new Map(
          i % 3 === 0
            ? []
            : [
                ['a', 2],
                ['b', 1],
              ],
        ),
      ]),
    );
    const texts = {
      queries,
      documents: new Map([
        ['a', 'no'],
        ['b', 'yes'],
      ]),
    };
    const end = async (found: Run) => {
      const running = rerankRun(found, texts, likes('yes'));
      const done: number[] = [];
      for (let next = await running.next(); ; next = await running.next()) {
        if (next.done) return { run: next.value, done };
        done.push(next.value.done);
      }
    };
    const { run: reranked, done } = await end(lists);
    expect(done).toEqual([8, 16, 19]);
    expect([...reranked.keys()]).toEqual(ids);
    expect(idsOf(reranked, 'q0')).toEqual([]);
    expect(idsOf(reranked, 'q17')).toEqual(['b', 'a']);
    expect((await end(new Map())).run.size).toBe(0);
  });
});

it('refuses wrong settings before anything is read', async () => {
  const data = { ...(await open()), documents: () => expect.unreachable('the corpus was read') };
  const first = { kind: 'bm25' } as const;
  await expect(run({ data, first, metrics: ['ndgc@10'] })).rejects.toThrow(UnknownMetricError);
  await expect(run({ data, first, k: 0 })).rejects.toThrow(ConfigError);
  await expect(run({ data, first, candidates: 1.5 })).rejects.toThrow(/candidates/);
  await expect(run({ data, first: { kind: 'bm25', b: 2 } })).rejects.toThrow(/b: expected 0 to 1/);
});

it('stops when it is aborted', async () => {
  const controller = new AbortController();
  const embedder = wordEmbedder();
  const embedDocuments = (texts: readonly string[]) => {
    controller.abort(new Error('enough'));
    return embedder.embedDocuments(texts);
  };
  const first = { kind: 'dense', embedder: { ...embedder, embedDocuments } } as const;
  await expect(run({ data: await open(), first, signal: controller.signal })).rejects.toThrow('enough');
});
