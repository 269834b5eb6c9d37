import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Qrels, Run } from '../types.ts';
import { evaluateRun, metricMeans, parseMetric, UnknownMetricError } from './index.ts';

type Nested = Record<string, Record<string, number>>;

interface GoldenCase {
  readonly qrels: Nested;
  readonly run: Nested;
  readonly expected: Nested;
  readonly ranxAgrees: readonly string[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../../golden/metrics/runs.json', import.meta.url), 'utf8'),
) as Record<string, GoldenCase>;

const nested = (value: Nested) =>
  new Map(Object.entries(value).map(([query, documents]) => [query, new Map(Object.entries(documents))]));

describe('metrics', () => {
  it.each(Object.entries(golden))('equal trec_eval: %s', (_, { qrels, run, expected }) => {
    const names = Object.keys(expected);
    for (const { name, mean, perQuery } of evaluateRun(nested(qrels), nested(run), names)) {
      const values = expected[name] as Record<string, number>;
      expect([...perQuery.keys()]).toEqual(Object.keys(qrels));
      for (const [query, value] of perQuery)
        expect(value, `${name} of ${query}`).toBeCloseTo(values[query] as number, 9);
      const sum = Object.values(values).reduce((total, value) => total + value, 0);
      expect(mean).toBeCloseTo(sum / Object.keys(values).length, 9);
    }
  });

  it('are checked by a second implementation, ranx, where nothing is tied', () => {
    for (const name of ['binary', 'graded'])
      expect(golden[name]?.ranxAgrees).toEqual(Object.keys(golden[name]?.expected ?? {}));
    expect(golden['ties']?.ranxAgrees).not.toContain('ndcg@10'); // the order of ties is what the golden file is for
  });

  it('cut mrr off at k', () => {
    const qrels: Qrels = new Map([['q', new Map([['c', 1]])]]);
    const run: Run = new Map([['q', new Map(Object.entries({ a: 3, b: 2, c: 1 }))]]);
    expect(metricMeans(evaluateRun(qrels, run, ['mrr', 'mrr@3', 'mrr@2']))).toEqual({
      mrr: 1 / 3,
      'mrr@3': 1 / 3,
      'mrr@2': 0,
    });
  });

  it('pass over a document with the id of the query only if asked to', () => {
    const qrels: Qrels = new Map([['x', new Map([['y', 1]])]]);
    const run: Run = new Map([['x', new Map(Object.entries({ x: 2, y: 1 }))]]);
    expect(evaluateRun(qrels, run, ['mrr'])[0]?.mean).toBe(0.5);
    expect(evaluateRun(qrels, run, ['mrr'], { excludeSameId: true })[0]?.mean).toBe(1);
  });

  it('put a score that is no number last', () => {
    const qrels: Qrels = new Map([['q', new Map([['b', 1]])]]);
    const run: Run = new Map([['q', new Map(Object.entries({ a: Number.NaN, b: -9 }))]]);
    expect(evaluateRun(qrels, run, ['mrr'])[0]?.mean).toBe(1);
  });

  it('leave out queries that nobody judged, and are 0 without any', () => {
    const run: Run = new Map([['q', new Map([['a', 1]])]]);
    expect(evaluateRun(new Map(), run, ['map'])).toEqual([{ name: 'map', mean: 0, perQuery: new Map() }]);
  });

  it('are known by name', () => {
    expect(parseMetric('ndcg@10')).toEqual({ name: 'ndcg@10', kind: 'ndcg', k: 10 });
    expect(parseMetric('map')).toEqual({ name: 'map', kind: 'map' });
    for (const wrong of ['ndgc@10', 'ndcg@0', 'ndcg@', 'NDCG@10', 'mrr@1.5', '', 'toString', 'hit@-1'])
      expect(() => parseMetric(wrong), wrong).toThrow(UnknownMetricError);
    expect(() => evaluateRun(new Map(), new Map(), ['f1'])).toThrow(
      'unknown metric "f1": expected one of ndcg, ndcg@k, mrr, mrr@k, map, map@k',
    );
  });

  it('take 2,000 queries of 1,000 documents in seconds', () => {
    const run = new Map<string, Map<string, number>>();
    const qrels = new Map<string, Map<string, number>>();
    for (let q = 0; q < 2000; q++) {
      const documents = new Map<string, number>();
      for (let d = 0; d < 1000; d++) documents.set(`d${d}`, (d * 7919 + q) % 1009);
      run.set(`q${q}`, documents);
      qrels.set(`q${q}`, new Map([[`d${q % 1000}`, 1]]));
    }
    const started = performance.now();
    expect(evaluateRun(qrels, run, ['ndcg@10', 'map', 'recall@100'])[0]?.perQuery.size).toBe(2000);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
