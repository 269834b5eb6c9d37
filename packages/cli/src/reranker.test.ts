import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jsonLines, makeWorkspace, ragwright, type Workspace } from './workspace.fixture.ts';

/* The commands of the second stage, for real: train a reranker, mine with one, tune both stages, ask. */

let space: Workspace;
beforeAll(async () => {
  space = await makeWorkspace();
});
afterAll(() => space?.remove());

const inSpace = (name: string) => join(space.folder, name);
const trained = () => join(inSpace('reranker'), 'model');

test('train reranker: on what a retriever finds, then goes on', async () => {
  const args = [
    'train',
    'reranker',
    '--data',
    space.data,
    '--model',
    space.model,
    '--out',
    inSpace('reranker'),
  ];
  const words = ['epochs=2', 'learningRate=1e-3', 'candidates=5', 'negatives.random=2', 'precision=float32'];
  const { code, out, err } = await ragwright([...args, '--retriever', space.model, '--json', ...words]);
  expect(err).not.toContain('ragwright:');
  expect(code).toBe(0);
  const events = jsonLines(out);
  expect(out + err).toContain('no classification head');
  expect(events.at(-1)).toMatchObject({ type: 'result', finished: 'done', steps: 10, model: trained() });
  const config = JSON.parse(readFileSync(join(trained(), 'config.json'), 'utf8'));
  expect(config.architectures).toEqual(['BertForSequenceClassification']);
  const again = await ragwright([...args, '--retriever', space.model, ...words]);
  expect(again.code).toBe(1);
  expect(again.err).toContain('resume it, or choose another folder');
});

test('train reranker: on a file of scored lists, and what is missing', async () => {
  const file = inSpace('scored.jsonl');
  const row = (query: string) => ({
    query,
    positive: `about ${query}`,
    negatives: ['else', 'other'],
    scores: [3, 1, 0.5],
  });
  const shorter = { ...row('cough'), negatives: ['else'], scores: [2, 1] }; // as a margin leaves rows
  const rows = [...['pain', 'fever', 'noise'].map(row), shorter];
  writeFileSync(file, rows.map((each) => `${JSON.stringify(each)}\n`).join(''));
  const args = ['train', 'reranker', '--data', space.data, '--model', space.model];
  const scored = await ragwright([
    ...args,
    '--pairs',
    file,
    '--out',
    inSpace('mse'),
    'objective=MarginMSE',
    'maxSteps=1',
  ]);
  expect(scored.err).not.toContain('ragwright:');
  expect(scored.code).toBe(0);
  const aimless = await ragwright([...args, '--out', inSpace('none')]);
  expect(aimless).toMatchObject({ code: 2, out: '' });
  expect(aimless.err).toContain('--retriever');
  const wrong = await ragwright([
    ...args,
    '--pairs',
    file,
    '--out',
    inSpace('none'),
    'objective=Lamda',
    'negatives.random=-1',
  ]);
  expect(wrong.code).toBe(2);
  expect(wrong.err).toMatch(/objective/);
  expect(wrong.err).toMatch(/negatives\.random/);
  expect(existsSync(inSpace('none'))).toBe(false);
});

test('pairs mine with a cross-encoder as the teacher', async () => {
  const output = inSpace('judged.jsonl');
  const args = ['pairs', 'mine', '--data', space.data, '--model', space.model, '--output', output, '--json'];
  const { code, out } = await ragwright([...args, '--teacher', trained(), 'negatives=1', 'maxScore=100']);
  expect(code).toBe(0);
  expect(JSON.parse(out).rows).toBe(40);
});

test('tune both stages; ask uses what was shown to help, or what it is told', async () => {
  const out = inSpace('tuned');
  const words = [
    'training.maxSteps=2',
    'reranker.candidates=10',
    'reranker.training.maxSteps=3',
    'precision=float32',
  ];
  const args = ['tune', '--data', space.data, '--model', space.model, '--out', out, '--json', ...words];
  const tuned = await ragwright(args);
  expect(tuned.err).not.toContain('ragwright:');
  expect(tuned.code).toBe(0);
  const { reranker } = jsonLines(tuned.out).at(-1) as {
    reranker: { verdict: { kept: string }; stages: unknown[] };
  };
  expect(reranker.stages.length).toBeGreaterThanOrEqual(2);
  expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('tuned reranker');
  // as if it had been shown to help: two steps of training show nothing
  const file = join(out, 'pipeline.json');
  const pipeline = JSON.parse(readFileSync(file, 'utf8'));
  const helped = { ...pipeline, reranker: { folder: 'reranker/model', candidates: 10, weight: 1 } };
  writeFileSync(file, JSON.stringify(helped));
  const ask = (...more: string[]) =>
    ragwright(['ask', 'pain of the heart', '--store', join(out, 'index'), '--json', ...more]);
  const [reranked, plain, named] = [
    await ask(),
    await ask('--no-rerank'),
    await ask('--reranker', trained()),
  ];
  expect([reranked.code, plain.code, named.code]).toEqual([0, 0, 0]);
  const [a, b, c] = [reranked, plain, named].map((each) => JSON.parse(each.out));
  expect([a.reranker, b.reranker, c.reranker]).toEqual([join(out, 'reranker', 'model'), null, trained()]);
  // what was tuned before a dense retriever reads that one's candidates; another reranker, the usual ones
  expect([a.mode, b.mode, c.mode]).toEqual(['dense', 'hybrid', 'hybrid']);
  expect(a.passages).toHaveLength(5);
  const scores = (result: { passages: { score: number }[] }) => result.passages.map(({ score }) => score);
  expect(scores(a)).not.toEqual(scores(b));
  expect(scores(a)).toEqual([...scores(a)].sort((x, y) => y - x));
  // a store that lies elsewhere: the run is where the config says
  renameSync(join(out, 'index'), inSpace('elsewhere'));
  const config = inSpace('apart.config.json');
  const store = { kind: 'lancedb', path: inSpace('elsewhere') };
  writeFileSync(config, JSON.stringify({ documents: space.data, output: out, store }));
  const apart = await ragwright(['ask', 'pain of the heart', '--config', config, '--json']);
  expect(JSON.parse(apart.out)).toMatchObject({ reranker: a.reranker, passages: a.passages });
});
