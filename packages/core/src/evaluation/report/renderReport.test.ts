import { expect, test } from 'vitest';
import { renderReport } from './renderReport.ts';
import { comparison, edge, golden, staged } from './report.fixture.ts';
import { decide } from './verdict.ts';

const text = (page: string) =>
  page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');

test('a better model is said to be better, with its figures', () => {
  const page = text(renderReport(golden));
  expect(page).toContain('The tuned model is better.');
  expect(page).toContain('nDCG@10 rose from 0.612 to 0.655');
  expect(page).toContain('+0.043');
  expect(page).toContain('p = 0.0003');
  expect(page).toContain('tuned model kept');
  expect(page).not.toContain('from scratch');
});

test('a model that is not better is said not to be, and the base model kept', () => {
  const small = comparison('ndcg@10', 0.612, 0.618, 0.02, 0.41);
  const page = text(renderReport({ ...golden, comparisons: [small], verdict: decide(small) }));
  expect(page).toContain('The tuned model is not shown to be better. The base model is kept.');
  expect(page).not.toContain('The tuned model is better.');
  expect(page).toContain('base model kept');
});

test('a model that is worse is said to be worse', () => {
  const worse = comparison('ndcg@10', 0.612, 0.55, 0.02, 0.001);
  const page = text(renderReport({ ...golden, comparisons: [worse], verdict: decide(worse) }));
  expect(page).toContain('The tuned model is worse. The base model is kept.');
  expect(page).toContain('fell from 0.612 to 0.550');
});

test('a model from scratch is labelled wherever it is named', () => {
  const page = renderReport({
    ...golden,
    base: { ...golden.base, fromScratch: true },
    tuned: { ...golden.tuned, fromScratch: true },
  });
  expect(text(page)).toContain('Trained from scratch.');
  expect(page.match(/<span class="tag">from scratch<\/span>/g)).toHaveLength(4);
});

test('the page refers to nothing outside and holds no script', () => {
  for (const data of [golden, edge]) {
    const page = renderReport(data);
    expect(page).not.toMatch(/<script|<img|<link|<iframe|javascript:|@import|url\(/i);
    expect(page.match(/(?:src|href)=/g)?.filter((each) => each) ?? []).toEqual(
      data === edge ? (page.match(/(?:src|href)=/g) ?? []) : [],
    );
    expect(page).toContain("default-src 'none'");
    expect(page.length).toBeLessThan(400_000);
  }
});

test('queries and passages are shown, missing ones are told', () => {
  const page = text(renderReport(golden));
  expect(page).toContain('What are the symptoms of Marfan syndrome?');
  expect(page).toContain('first relevant at rank 9');
  expect(page).toContain('no relevant passage found');
  expect(text(renderReport(edge))).toContain('No query improved.');
});

test('the stages of a pipeline come after the summary; without them the page is as it was', () => {
  const page = renderReport(staged);
  const words = text(page);
  expect(words).toContain('The reranker hurts and is left out (nDCG@10 0.655 → 0.631).');
  expect(words).toContain('The reranker helps and stays in the pipeline (nDCG@10 0.655 → 0.704).');
  expect(words).toContain(
    '9 of 113 relevant passages were never shown to it; with those appended, it would reach nDCG@10 0.748.',
  );
  expect(words).toContain('+0.043, p = 0.0003');
  expect(words).toContain('−0.024, p = 0.02, left out');
  expect(words).toContain('+0.073, p &lt; 0.0001');
  expect(words).toContain('409 / 661');
  expect(page.match(/<span class="tag">left out<\/span>/g)).toHaveLength(1);
  const at = (part: string) => page.indexOf(part);
  expect(at('id="verdict"')).toBeLessThan(at('<section id="pipeline"'));
  expect(at('<section id="pipeline"')).toBeLessThan(at('<section id="results"'));
  const start = at('<section id="pipeline"');
  const end = at('<section id="results"');
  expect(page.slice(0, start) + page.slice(end)).toBe(renderReport(golden));
  expect(renderReport({ ...golden, stages: [] })).toBe(renderReport(golden));
});

test('an empty history and no comparison still make a page', () => {
  const page = text(
    renderReport({
      ...golden,
      comparisons: [],
      history: { steps: [], evaluations: [], stages: [], notices: [] },
    }),
  );
  expect(page).toContain('Nothing was compared.');
  expect(page).toContain('No step of training was recorded.');
});

test('the same data make the same page', () => {
  expect(renderReport(JSON.parse(JSON.stringify(golden)))).toBe(renderReport(golden));
});

test('no password of the config reaches the page', () => {
  const store = { kind: 'pgvector', url: 'postgres://me:hunter22@db/x', apiKey: 'abcdefgh' };
  const page = renderReport({ ...golden, config: { store } });
  expect(page).not.toContain('hunter22');
  expect(page).not.toContain('abcdefgh');
  expect(page).toContain('***@db/x');
});
