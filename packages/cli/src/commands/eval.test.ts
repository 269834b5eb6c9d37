import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTrecRun } from '@ragwright/core/evaluation';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../main.ts';
import { makeWorkspace, type Workspace } from '../workspace.fixture.ts';

const CROSS_ENCODER = fileURLToPath(new URL('../../../core/golden/crossencoder/bert', import.meta.url));

let space: Workspace;
let folder = '';
beforeAll(async () => {
  space = await makeWorkspace();
  folder = mkdtempSync(join(tmpdir(), 'ragwright-eval-'));
});
afterAll(() => {
  space.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function evaluate(...args: string[]) {
  let out = '';
  const command = ['eval', '--data', space.data, '--model', space.model, '--precision', 'float32', '--quiet'];
  const code = await main([...command, ...args], {
    out: { write: (text) => (out += text) },
    err: { write: () => {} },
    env: {},
    signal: new AbortController().signal,
  });
  return { code, out };
}

test('--reranker measures both and compares; --run-file writes what the reranker made of it', async () => {
  const plain = JSON.parse((await evaluate('--json')).out);
  const file = join(folder, 'reranked.trec');
  const { code, out } = await evaluate(
    '--reranker',
    CROSS_ENCODER,
    '--candidates',
    '20',
    '--run-file',
    file,
    '--json',
  );
  expect(code).toBe(0);
  const both = JSON.parse(out);
  expect(both).toMatchObject({
    candidates: 20,
    'ndcg@10': plain['ndcg@10'],
    reranker: { source: CROSS_ENCODER },
  });
  expect(both.comparisons[0]).toMatchObject({
    metric: 'ndcg@10',
    first: plain['ndcg@10'],
    reranked: both.reranked['ndcg@10'],
  });
  const run = await readTrecRun(file);
  expect(run.size).toBe(10);
  expect(run.values().next().value?.size).toBe(60);
  expect(readFileSync(file, 'utf8')).toContain('ragwright-reranked');
});

test('--run-file without a reranker, and the table with one', async () => {
  const file = join(folder, 'dense.trec');
  const { code, out } = await evaluate('--reranker', CROSS_ENCODER, '--metric', 'mrr@10');
  expect(code).toBe(0);
  expect(out).toMatch(/metric +first +reranked +change +95 % interval/);
  expect((await evaluate('--run-file', file)).code).toBe(0);
  expect(readFileSync(file, 'utf8')).toContain('ragwright-dense');
});
