import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { bytes, compact, duration } from '../../base/format.ts';
import type { RunEvent } from '../../base/progress.ts';
import { smoothed } from './charts/lineChart.ts';
import { extent, linear, ticks } from './charts/scale.ts';
import { dateTime, metricTitle, pValue, score, signed } from './format.ts';
import { collectHistory } from './history.ts';
import { escapeHtml, excerpt, html } from './html.ts';
import { renderModelCard } from './modelCard.ts';
import { comparison, edge, golden } from './report.fixture.ts';
import { scoreHistograms } from './scoreHistograms.ts';
import { separation } from './sections/scores.ts';
import { decide } from './verdict.ts';
import { writeReport } from './writeReport.ts';

test('decide keeps the tuned model only for a significant gain', () => {
  const outcome = (tuned: number, p: number) => decide(comparison('ndcg@10', 0.5, tuned, 0.1, p));
  expect(outcome(0.6, 0.049)).toEqual({ outcome: 'better', kept: 'tuned', metric: 'ndcg@10', alpha: 0.05 });
  expect(outcome(0.6, 0.05)).toMatchObject({ outcome: 'not shown', kept: 'base' });
  expect(outcome(0.4, 0.001)).toMatchObject({ outcome: 'worse', kept: 'base' });
  expect(outcome(0.5, 0.001)).toMatchObject({ outcome: 'not shown', kept: 'base' });
  expect(outcome(0.6, Number.NaN)).toMatchObject({ outcome: 'not shown', kept: 'base' });
});

describe('format', () => {
  test.each([
    [score(0.65528), '0.655'],
    [score(Number.NaN), '–'],
    [signed(0.0431), '+0.043'],
    [signed(-0.0431), '−0.043'],
    [signed(-0.0001), '0.000'],
    [pValue(0.00001), 'p < 0.0001'],
    [pValue(0.0123), 'p = 0.01'],
    [pValue(0.0496), 'p = 0.0496'],
    [duration(9.96), '10.0 s'],
    [duration(59.7), '1 min'],
    [duration(400), '6 min 40 s'],
    [duration(7500), '2 h 5 min'],
    [bytes(1.31e9), '1.2 GB'],
    [bytes(1023), '1.0 kB'],
    [compact(22_713_216), '22.7 M'],
    [metricTitle('ndcg@10'), 'nDCG@10'],
    [metricTitle('constructor'), 'constructor'],
    [dateTime('2025-11-20T19:26:00Z'), '20 November 2025, 19:26 UTC'],
    [dateTime('yesterday'), 'yesterday'],
  ])('%s is %s', (got, wanted) => expect(got).toBe(wanted));
});

describe('html', () => {
  test('escapes values, not markup, and drops what no page may hold', () => {
    expect(html`<b title="${'"><i>'}">${[html`<i>x</i>`, ' & ', 1, undefined]}</b>`.markup).toBe(
      '<b title="&quot;&gt;&lt;i&gt;"><i>x</i> &amp; 1</b>',
    );
    expect(escapeHtml('a\u0000b\ud800c\u202ed😀')).toBe('a\ufffdb\ufffdc\ufffdd😀');
  });

  test('data cannot pass for markup', () => {
    const forged = JSON.parse('{"markup":"<script>"}');
    expect(() => html`${forged}`).toThrow();
  });

  test('excerpt cuts between words and never within a character', () => {
    expect(excerpt('one two  three', 9)).toBe('one two …');
    expect(excerpt('😀😀😀', 3)).toBe('😀 …');
    expect(excerpt('x'.repeat(1e6), 5)).toBe('xxxxx …');
  });
});

describe('scales', () => {
  test('ticks are round and lie within', () => {
    expect(ticks(0, 1, 4)).toEqual({ values: [0, 0.25, 0.5, 0.75, 1], digits: 2 });
    expect(ticks(3, 240, 5).values).toEqual([50, 100, 150, 200]);
    expect(ticks(5, 5, 4).values).toEqual([5]);
    expect(ticks(Number.NaN, 1, 4).values).toHaveLength(1);
  });

  test('extent passes over what is no number', () => {
    expect(extent([Number.NaN, 2, 5, Number.POSITIVE_INFINITY])).toEqual([2, 5]);
    expect(extent([])).toEqual([0, 1]);
  });

  test('linear maps ends onto ends, also of nothing', () => {
    expect(linear([0, 10], [100, 0])(2)).toBe(80);
    expect(linear([3, 3], [0, 10])(3)).toBe(0);
  });

  test('smoothed is the mean of the last ones', () => {
    const points = [1, 3, 5, Number.NaN, 7].map((y, x) => [x, y] as const);
    expect(smoothed(points, 2)).toEqual([
      [0, 1],
      [1, 2],
      [2, 4],
      [4, 6],
    ]);
  });
});

test('scores of both models share their bins; separation is the area under the ROC curve', () => {
  const found = scoreHistograms(
    { positives: [0.2, 0.9], negatives: [0.1, 0.5] },
    { positives: [0.8, 1], negatives: [0, Number.NaN] },
    'others',
    10,
  );
  for (const each of [found.base.positives, found.base.negatives, found.tuned.positives]) {
    expect([each.from, each.to]).toEqual([0, 1]);
  }
  expect(found.base.positives.counts).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 1]);
  expect(found.tuned.positives.mean).toBeCloseTo(0.9, 12);
  expect(separation(found.base)).toBe(0.75);
  expect(separation(found.tuned)).toBe(1);
});

test('history: a resumed run counts the later report, evaluations of base are step 0', async () => {
  const step = (n: number, loss: number): RunEvent => ({
    type: 'step',
    stage: 'train',
    step: n,
    totalSteps: 3,
    epoch: n / 3,
    loss,
    gradNorm: 1,
    learningRate: 1e-5,
    tokens: 10,
    tokensPerSecond: 100,
    secondsLeft: 1,
  });
  const evaluation = { type: 'evaluation', stage: 'evaluate', split: 'dev' } as const;
  const history = await collectHistory([
    { type: 'stage', stage: 'train', status: 'started' },
    { ...evaluation, model: 'base', metrics: { 'ndcg@10': 0.5 } },
    step(1, 3),
    step(2, 2),
    step(2, 1.5),
    { ...evaluation, model: 'step 2', step: 2, metrics: { 'ndcg@10': 0.6 } },
    { ...evaluation, model: 'tuned', metrics: { 'ndcg@10': 0.6 } },
    { type: 'checkpoint', stage: 'train', step: 2, folder: 'x', best: true },
    { type: 'checkpoint', stage: 'train', step: 3, folder: 'y', best: false },
    { type: 'stage', stage: 'train', status: 'done', seconds: 4 },
    { type: 'stage', stage: 'train', status: 'done', seconds: 3, summary: '3 steps' },
    { type: 'notice', level: 'warning', message: 'careful' },
    { type: 'notice', level: 'warning', message: 'careful' },
  ]);
  expect(history.steps.map((point) => [point.step, point.loss])).toEqual([
    [1, 3],
    [2, 1.5],
  ]);
  expect(history.evaluations.map((point) => point.step)).toEqual([0, 2]);
  expect(history.bestStep).toBe(2);
  expect(history.stages).toEqual([{ stage: 'train', seconds: 7, summary: '3 steps' }]);
  expect(history.notices).toHaveLength(1);
});

describe('model card', () => {
  const matter = (card: string) => parse(/^---\n(.*?)\n---\n/s.exec(card)?.[1] ?? '');

  test('front matter as the Hub and sentence-transformers read it', () => {
    const card = renderModelCard(golden, { prompts: { query: 'query: ' } });
    expect(matter(card)).toMatchObject({
      library_name: 'sentence-transformers',
      pipeline_tag: 'sentence-similarity',
      base_model: 'sentence-transformers/all-MiniLM-L6-v2',
      license: 'apache-2.0',
      tags: expect.arrayContaining(['sentence-transformers', 'ragwright']),
      metrics: expect.arrayContaining(['cosine_ndcg@10']),
    });
    expect(matter(card)['model-index'][0].results[0].metrics[0]).toEqual({
      type: 'cosine_ndcg@10',
      name: 'Cosine nDCG@10',
      value: 0.6553,
    });
    expect(card).toContain('| nDCG@10 | 0.6120 | 0.6553 | +0.0433 |');
    expect(card).toContain('SentenceTransformer(');
    expect(card).toContain('queries begin with "query: "');
    expect(card).not.toContain('from scratch');
  });

  test('says that the base was kept, and that it is from scratch; hostile names do not leave their line', () => {
    const card = renderModelCard(edge);
    expect(card).toContain('unchanged');
    expect(card).toContain('trained from scratch');
    expect(matter(card).tags).toContain('trained-from-scratch');
    expect(matter(card)).not.toHaveProperty('base_model');
    expect(card.replace(/^---\n.*?\n---\n/s, '')).not.toMatch(/(?<!\\)<(script|img)/);
  });
});

test('writeReport writes the page and its data', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ragwright-report-'));
  try {
    const page = await writeReport(folder, golden);
    expect(readFileSync(page, 'utf8')).toMatch(/^<!doctype html>/);
    expect(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'))).toEqual(golden);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
