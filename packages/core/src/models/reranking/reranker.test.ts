import '@ragwright/torch/vitest';
import { scope, tensor } from '@ragwright/torch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import { difference } from '../embedding/golden.fixture.ts';
import type { CrossEncoder } from './crossEncoder.ts';
import { cases, goldenCrossEncoder } from './golden.fixture.ts';
import { loadCrossEncoder } from './load.ts';
import { logitScore } from './logitScore.ts';
import { windowSpans, windowTexts } from './windows.ts';

let model: CrossEncoder;
beforeAll(async () => {
  model = await loadCrossEncoder(goldenCrossEncoder('bert'));
});
afterAll(() => model.dispose());

const query = 'What are the symptoms of diabetes?';
const long = Array.from({ length: 30 }, (_, i) => `patient ${i} hypertension.`).join(' ');
const requests = [
  { query, passages: ['hypertension', long, ''] },
  { query: 'treated?', passages: [] },
  { query: 'treated?', passages: ['hypertension', 'The patient was treated.', 'hypertension'] },
];

describe('the reranker', () => {
  test('scores the passages of each request, cut without windows', async () => {
    const reranker = model.reranker();
    expect(reranker.fingerprint).toBe(model.fingerprint());
    const scores = await reranker.score(requests);
    expect(scores.map(({ length }) => length)).toEqual([3, 0, 3]);
    const pairs = requests.flatMap((each) => each.passages.map((text) => [each.query, text] as const));
    expect(scores.flatMap((list) => [...list])).toEqual([...(await model.score(pairs))]);
    expect(await reranker.score([])).toEqual([]);
  });

  test('reads a long passage in windows, of which the best counts', async () => {
    const windows = { tokens: 12, stride: 5, aggregate: 'max' } as const;
    const [first] = await model.reranker({ windows }).score(requests);
    const limit = model.settings.maxSeqLength - 3;
    const room = limit - model.tokenizer.count(query);
    const texts = windowTexts(model.tokenizer, long, room, windows);
    expect(texts.length).toBeGreaterThan(10);
    const each = await model.score(texts.map((text) => [query, text]));
    expect(first?.[1]).toBe(Math.max(...each));
    const plain = await model.reranker().score(requests);
    expect(first?.[1]).not.toBe(plain[0]?.[1]);
    expect([first?.[0], first?.[2]]).toEqual([plain[0]?.[0], plain[0]?.[2]]); // they have room
  });

  test('counts the tokens that are read', async () => {
    const count = (text: string) => model.tokenizer.count(text);
    const [request] = requests as [(typeof requests)[number]];
    const whole = await model.reranker().countTokens(request);
    expect([...(whole as Int32Array)]).toEqual(
      request.passages.map((text) => Math.min(32, 3 + count(query) + count(text))),
    );
    const windows = { aggregate: 'max' } as const;
    const [short, read] = (await model.reranker({ windows }).countTokens(request)) as Int32Array;
    expect(short).toBe(whole?.[0]);
    const room = 32 - 3 - count(query);
    const spans = windowSpans(count(long), room, windows);
    expect(read).toBe(spans.length * 32);
    expect(await model.reranker().countTokens({ query, passages: [] })).toEqual(new Int32Array());
  });

  test('a query longer than the model leaves half to the passage', async () => {
    const windows = { aggregate: 'max' } as const;
    const request = { query: long, passages: [long, 'hypertension'] };
    const [scores] = await model.reranker({ windows }).score([request]);
    expect([...(scores as Float32Array)].every(Number.isFinite)).toBe(true);
    const [read, short] = (await model.reranker({ windows }).countTokens(request)) as Int32Array;
    expect((read as number) % 32).toBe(0);
    expect(short).toBeLessThanOrEqual(32);
  });

  test('progress counts passages, and an abort ends it', async () => {
    const windows = { tokens: 12, aggregate: 'max' } as const;
    const reranker = model.reranker({ windows, batchTokens: 64 });
    const steps: [number, number][] = [];
    await reranker.score(requests, { onProgress: (done, total) => void steps.push([done, total]) });
    expect(steps.at(-1)).toEqual([6, 6]);
    expect(steps.map(([done]) => done)).toEqual(steps.map(([done]) => done).sort((a, b) => a - b));
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(reranker.score(requests, { signal })).rejects.toThrow('enough');
    await expect(() => reranker.score(requests)).toLeakNothing();
  });

  test.each([
    [{ aggregate: 'mean' }, /aggregate/],
    [{ aggregate: 'max', tokens: 0, stride: -1 }, /tokens[\s\S]*stride/],
    [{ aggregate: 'max', tokens: 4, stride: 5 }, /stride: expected at most a window/],
    [{ aggregate: 'max', length: 4 }, /length/],
  ])('windows that do not fit: %j', (windows, message) => {
    expect(() => model.reranker({ windows: windows as never })).toThrow(ConfigError);
    expect(() => model.reranker({ windows: windows as never })).toThrow(message);
  });
});

describe('windows', () => {
  const max = { aggregate: 'max' } as const;

  test('cover every token, and the last one ends with the last', () => {
    expect(windowSpans(0, 4, max)).toEqual([[0, 0]]);
    expect(windowSpans(4, 4, max)).toEqual([[0, 4]]);
    expect(windowSpans(5, 4, max)).toEqual([
      [0, 4],
      [1, 5],
    ]);
    expect(windowSpans(8, 4, max)).toEqual([
      [0, 4],
      [2, 6],
      [4, 8],
    ]);
    expect(windowSpans(9, 4, { ...max, stride: 4 })).toEqual([
      [0, 4],
      [4, 8],
      [5, 9],
    ]);
    expect(windowSpans(3, 2, { ...max, tokens: 1 })).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    for (const stride of [1, 2, 3, 7, 100]) {
      const covered = windowSpans(23, 7, { ...max, stride }).flatMap(([start, end]) =>
        Array.from({ length: end - start }, (_, i) => start + i),
      );
      expect([...new Set(covered)].sort((a, b) => a - b)).toEqual(Array.from({ length: 23 }, (_, i) => i));
    }
  });

  test('are texts of the passage', () => {
    const texts = windowTexts(model.tokenizer, long, 10, max);
    expect(texts.every((text) => long.includes(text))).toBe(true);
    expect(long.startsWith(texts[0] as string)).toBe(true);
    expect(long.endsWith(texts.at(-1) as string)).toBe(true);
    expect(windowTexts(model.tokenizer, '', 10, max)).toEqual(['']);
  });
});

test("logitScore is sentence-transformers' LogitScore", () => {
  const { logits, both, one } = cases.logitScore;
  scope(() => {
    const x = tensor(logits as number[][], { dtype: 'float32' });
    const rows = (y: { toArray(): unknown }) =>
      (y.toArray() as number[][]).map((row) => Float32Array.from(row));
    expect(difference(rows(logitScore(x, 5, 2)), both)).toBeLessThan(1e-6);
    expect(difference(rows(logitScore(x, 5)), one)).toBeLessThan(1e-6);
    expect(() => logitScore(x, 7)).toThrow();
    expect(() => logitScore(x, 0, -9)).toThrow();
  });
  expect(() => scope(() => void logitScore(tensor([[1, 2]], { dtype: 'float32' }), 1, 0))).toLeakNothing();
});
