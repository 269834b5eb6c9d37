import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../main.ts';

const core = (path: string) => fileURLToPath(new URL(`../../../core/${path}`, import.meta.url));
const TIDES = core('src/corpus/documents/fixtures/beir');
const EMBEDDER = core('golden/embedding/model');
const CROSS_ENCODER = core('golden/crossencoder/bert');

let folder = '';
const at = (...path: string[]) => join(folder, ...path);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragwright-bench-beir-'));
  writeSet(at('sets', 'organs'), 12);
  writeSet(at('sets', 'twelve'), 12);
  writeSet(at('broken', 'fine'), 5);
  writeSet(at('broken', 'untested'), 5, 'train');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ORGANS = [
  'heart',
  'lungs',
  'liver',
  'skin',
  'eyes',
  'ears',
  'bones',
  'blood',
  'nerves',
  'teeth',
  'hair',
  'brain',
];

/** Each query names its organ, and so does its document; every other one also names the next organ, twice. */
function writeSet(path: string, size: number, split = 'test'): void {
  mkdirSync(join(path, 'qrels'), { recursive: true });
  const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const organs = ORGANS.slice(0, size);
  const other = (i: number) => organs[(i + 1) % size];
  const documents = organs.map((organ, i) => {
    const text = i % 2 === 0 ? `${other(i)} hurts, ${other(i)} swells` : 'it hurts and swells';
    return { _id: `d${i}`, title: organ, text };
  });
  writeFileSync(join(path, 'corpus.jsonl'), lines(documents));
  writeFileSync(
    join(path, 'queries.jsonl'),
    lines(organs.map((organ, i) => ({ _id: `q${i}`, text: `my ${organ}` }))),
  );
  const judged = organs.map((_, i) => `q${i}\td${i}\t${1 + (i % 2)}\n`).join('');
  writeFileSync(join(path, 'qrels', `${split}.tsv`), `query-id\tcorpus-id\tscore\n${judged}`);
}

async function bench(args: readonly string[], signal = new AbortController().signal) {
  let out = '';
  let err = '';
  const code = await main(['bench', 'beir', ...args], {
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
    env: {},
    signal,
  });
  return { code, out, err };
}

async function json(args: readonly string[]) {
  const ended = await bench([...args, '--json']);
  return { ...ended, result: JSON.parse(ended.out) };
}

test('one set by BM25: everything in one JSON document', async () => {
  const { code, result } = await json([at('sets', 'organs')]);
  expect(code).toBe(0);
  expect(result).toMatchObject({
    benchmark: 'beir',
    retriever: 'bm25',
    split: 'test',
    settings: { bm25: { k1: 0.9, b: 0.4, language: 'english' } },
    failed: [],
    summary: { sets: 1, failed: 0 },
  });
  expect(result).not.toHaveProperty('model');
  const [set] = result.sets;
  expect(set).toMatchObject({
    name: 'organs',
    folder: at('sets', 'organs'),
    documents: 12,
    queries: 12,
    k: 100,
    excludeSameId: true,
  });
  expect(Object.keys(set.metrics)).toEqual(['ndcg@10', 'recall@100', 'mrr@10', 'map@100']);
  expect(set.metrics['recall@100']).toBe(1);
  expect(set.metrics['ndcg@10']).toBeGreaterThan(0.5);
  expect(set.metrics['ndcg@10']).toBeLessThan(1); // some documents name the next organ more often than their own
  expect(set.stages).toEqual([{ stage: 'bm25', metrics: set.metrics, seconds: expect.any(Number) }]);
  expect(set.seconds).toBeGreaterThanOrEqual(0);
  expect(result.summary.metrics).toEqual(set.metrics);
});

test('a table for people, progress beside it', async () => {
  const { code, out, err } = await bench([at('sets'), TIDES]);
  expect(code).toBe(0);
  const rows = out
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  expect(rows[0]).toEqual([
    'set',
    'stage',
    'documents',
    'queries',
    'ndcg@10',
    'recall@100',
    'mrr@10',
    'map@100',
    'seconds',
  ]);
  expect(rows.slice(1).map(([name]) => name)).toEqual(['organs', 'twelve', 'beir', 'mean of 3 sets']);
  expect(err).toContain('organs: index');
  expect(err).toContain('bm25 on test: ndcg@10');
});

test('the mean over sets counts a 0 as 0', async () => {
  const { result } = await json([at('sets', 'organs'), TIDES]);
  const [organs, tides] = result.sets;
  expect(tides.metrics['ndcg@10']).toBe(0); // "ebb and flow" shares no word with the document on tides
  expect(result.summary).toMatchObject({ sets: 2, failed: 0 });
  expect(result.summary.metrics['ndcg@10']).toBe(organs.metrics['ndcg@10'] / 2);
});

describe('a set that fails among several', () => {
  test('is named, the others go on, and the exit code is 1', async () => {
    const { code, result, err } = await json([at('broken'), at('sets', 'organs')]);
    expect(code).toBe(1);
    expect(result.sets.map(({ name }: { name: string }) => name)).toEqual(['fine', 'organs']);
    expect(result.failed).toEqual([
      {
        name: 'untested',
        folder: at('broken', 'untested'),
        error: { name: 'DataError', message: expect.stringContaining('expected test.tsv, got train.tsv') },
      },
    ]);
    expect(result.summary).toMatchObject({ sets: 2, failed: 1 });
    expect(err).toContain('untested failed');
    const { out } = await bench([at('broken'), '--quiet']);
    expect(out).toContain('untested failed: ');
    expect(out).toContain('fine');
  });

  test('alone it is an error as any other', async () => {
    const { code, result } = await json([at('broken', 'untested')]);
    expect(code).toBe(1);
    expect(result.error).toMatchObject({ name: 'DataError', message: expect.stringContaining('train.tsv') });
    expect((await bench([at('broken', 'untested'), '--split', 'train'])).code).toBe(0);
  });

  test('nothing can be measured', async () => {
    mkdirSync(at('nothing'), { recursive: true });
    const { code, result } = await json([at('nothing'), at('broken', 'untested')]);
    expect(code).toBe(1);
    expect(result.failed[0].error.message).toContain('none with corpus.jsonl, queries.jsonl, qrels');
    expect(result.summary).toEqual({ sets: 0, failed: 2, metrics: {}, stages: [] });
  });
});

describe('models', () => {
  test('dense and hybrid', async () => {
    for (const retriever of ['dense', 'hybrid']) {
      const args = [
        at('sets', 'organs'),
        '--retriever',
        retriever,
        '--model',
        EMBEDDER,
        '--precision',
        'float32',
      ];
      const { code, result } = await json(args);
      expect(code).toBe(0);
      expect(result).toMatchObject({ retriever, model: { source: EMBEDDER, precision: 'float32' } });
      expect(result.sets[0].stages[0].stage).toBe(retriever);
      expect(result.sets[0].metrics['recall@100']).toBe(1);
    }
  });

  test('a reranker is measured beside the retriever, and compared with it', async () => {
    const args = [
      at('sets', 'organs'),
      '--reranker',
      CROSS_ENCODER,
      '--candidates',
      '5',
      '--precision',
      'float32',
    ];
    const { code, result } = await json(args);
    expect(code).toBe(0);
    expect(result).toMatchObject({ settings: { candidates: 5 }, reranker: { source: CROSS_ENCODER } });
    const [set] = result.sets;
    expect(set.stages.map(({ stage }: { stage: string }) => stage)).toEqual(['bm25', 'reranked']);
    expect(set.metrics).toEqual(set.stages[1].metrics);
    const plain = await json([at('sets', 'organs')]);
    expect(set.stages[0].metrics).toEqual(plain.result.sets[0].metrics);
    const [ndcg] = set.comparisons;
    expect(ndcg).toMatchObject({ metric: 'ndcg@10', first: set.stages[0].metrics['ndcg@10'] });
    expect(ndcg.difference).toBeCloseTo(ndcg.reranked - ndcg.first, 12);
    expect(ndcg.improved + ndcg.worse + ndcg.unchanged).toBe(12);
    expect(result.summary.stages).toHaveLength(2);
    const { out } = await bench([...args, '--quiet']);
    expect(out).toContain('reranked');
    expect(out).toContain('95 % interval');
  });
});

describe('run files', () => {
  test('are measured to the same figures, to the last digit', async () => {
    const file = at('organs.trec');
    const written = await json([at('sets', 'organs'), '--run-file', file]);
    expect(written.result.sets[0].stages[0].runFile).toBe(file);
    const [line = ''] = readFileSync(file, 'utf8').split('\n');
    expect(line).toMatch(/^q0 Q0 d\d+ 1 [\d.]+ ragwright-bm25$/);
    const read = await json([at('sets', 'organs'), '--from-run', file]);
    expect(read.code).toBe(0);
    expect(read.result).toMatchObject({ retriever: 'run' });
    expect(read.result.sets[0].metrics).toEqual(written.result.sets[0].metrics);
  });

  test('one per set and stage in a folder, and back', async () => {
    const runs = at('runs/');
    const args = [at('sets'), '--reranker', CROSS_ENCODER, '--precision', 'float32', '--run-file', runs];
    const written = await json(args);
    expect(readdirSync(runs).sort()).toEqual([
      'organs.bm25.trec',
      'organs.reranked.trec',
      'twelve.bm25.trec',
      'twelve.reranked.trec',
    ]);
    const read = await json([at('sets'), '--from-run', join(runs, '{name}.reranked.trec')]);
    expect(read.result.summary.metrics).toEqual(written.result.summary.metrics);
    expect(read.result.summary.metrics).not.toEqual(written.result.summary.stages[0].metrics);
  });

  test('with {name} alone, that of the last stage', async () => {
    const args = [at('sets', 'organs'), '--reranker', CROSS_ENCODER, '--run-file', at('last-{name}.trec')];
    expect((await bench(args)).code).toBe(0);
    expect(readFileSync(at('last-organs.trec'), 'utf8')).toContain('ragwright-reranked');
  });

  test('that cannot be read: exit code 1, the file named', async () => {
    const { code, err } = await bench([at('sets', 'organs'), '--from-run', at('none.trec')]);
    expect(code).toBe(1);
    expect(err).toContain('none.trec');
  });
});

test.each([
  [['nowhere'], 'nowhere: expected a BEIR folder'],
  [[], '<folder> is missing'],
  [['.', '--retriever', 'dense'], '--retriever dense needs a --model'],
  [['.', '--model', 'x'], '--model is for --retriever dense and hybrid'],
  [['.', '--from-run', 'x', '--retriever', 'bm25'], '--from-run and --retriever exclude each other'],
  [['.', '--metric', 'ndgc@10'], 'ndgc@10'],
  [['.', '--retriever', 'splade'], '--retriever is one of'],
  [['.', '--b', '2'], '--b is a number from 0 to 1'],
  [['.', '--k', '0'], '--k is a whole number'],
])('bad usage: %j', async (args, message) => {
  const { code, err, out } = await bench(args);
  expect(code).toBe(2);
  expect(err).toContain(message);
  expect(out).toBe('');
});

test('one run file for several sets is bad usage, told before anything is measured', async () => {
  const { code, err } = await bench([at('sets'), '--run-file', at('all.trec')]);
  expect(code).toBe(2);
  expect(err).toContain('2 data sets need a file each');
  expect(existsSync(at('all.trec'))).toBe(false);
});

test('Ctrl-C ends with 130, also among several sets', async () => {
  const { code, out } = await bench(
    [at('sets')],
    AbortSignal.abort(new DOMException('stopped', 'AbortError')),
  );
  expect(code).toBe(130);
  expect(out).toBe('');
});

test('two sets never share a run file', async () => {
  writeSet(at('namesakes', 'a', 'set'), 3);
  writeSet(at('namesakes', 'b', 'set'), 3);
  writeSet(at('namesakes', 'a-set'), 3);
  const ended = await bench([
    at('namesakes', 'a', 'set'),
    at('namesakes', 'b', 'set'),
    at('namesakes', 'a-set'),
    '--run-file',
    `${at('namesakes', 'runs')}/`,
  ]);
  expect(ended.code).toBe(2);
  expect(ended.err).toContain('a/set and a-set would have the same file');
  expect(existsSync(at('namesakes', 'runs'))).toBe(false);
});
