import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../base/rng.ts';
import { metricResult } from '../metrics/index.ts';
import type { Qrels, Run } from '../types.ts';
import {
  bootstrapInterval,
  bootstrapMeans,
  ComparisonError,
  compareMetric,
  compareMetrics,
  compareRuns,
  pairedRandomizationTest,
  quantile,
  queryDifferences,
} from './index.ts';

interface GoldenTest {
  readonly differences: readonly number[];
  readonly pValue: number;
  readonly exact: boolean;
  readonly interval: readonly [number, number];
}

const golden = JSON.parse(
  readFileSync(new URL('../../../golden/metrics/significance.json', import.meta.url), 'utf8'),
) as Record<string, GoldenTest>;

const result = (name: string, values: readonly number[]) =>
  metricResult(name, new Map(values.map((value, i) => [`q${i}`, value])));

describe('the paired randomisation test', () => {
  it.each(Object.entries(golden))("equals scipy's: %s", (_, { differences, pValue, exact }) => {
    const test = pairedRandomizationTest(differences, { permutations: exact ? 10_000 : 50_000 });
    expect(test.exact).toBe(exact);
    if (exact) expect(test.pValue).toBeCloseTo(pValue, 12);
    // Two samples of sign patterns: four standard errors of either.
    else expect(Math.abs(test.pValue - pValue)).toBeLessThan(4 * Math.sqrt((pValue * (1 - pValue)) / 15_000));
  });

  it('finds no difference where there is none', () => {
    expect(pairedRandomizationTest([])).toEqual({ pValue: 1, exact: true, permutations: 1 });
    expect(pairedRandomizationTest([0, 0, 0]).pValue).toBe(1);
  });

  it('never says that chance is excluded', () => {
    const test = pairedRandomizationTest(Array.from({ length: 100 }, () => 1));
    expect(test).toEqual({ pValue: 1 / 10_001, exact: false, permutations: 10_000 });
  });

  it('is the same for the same seed, whatever the sign', () => {
    const differences = Array.from({ length: 50 }, (_, i) => Math.sin(i * 7) + 0.2);
    const p = pairedRandomizationTest(differences, { seed: 3 }).pValue;
    expect(pairedRandomizationTest(differences, { seed: 3 }).pValue).toBe(p);
    expect(pairedRandomizationTest(differences, { seed: 4 }).pValue).not.toBe(p);
    expect(
      pairedRandomizationTest(
        differences.map((difference) => -difference),
        { seed: 3 },
      ).pValue,
    ).toBeCloseTo(p, 1);
  });

  it('is right under the null hypothesis: p < 0.05 in about 5 % of the cases', () => {
    let rejected = 0;
    for (let i = 0; i < 400; i++) {
      const differences = Array.from({ length: 20 }, (_, j) =>
        Math.sin(i * 131.7 + j * 17.3 + ((i * j) % 13)),
      );
      if (pairedRandomizationTest(differences, { permutations: 1000, seed: i }).pValue < 0.05) rejected++;
    }
    expect(rejected).toBeGreaterThan(4);
    expect(rejected).toBeLessThan(40);
  });
});

describe('the bootstrap', () => {
  it.each(Object.entries(golden))('has the interval of numpy: %s', (_, { differences, interval }) => {
    const [low, high] = bootstrapInterval(differences);
    const width = interval[1] - interval[0];
    expect(Math.abs(low - interval[0])).toBeLessThan(0.05 * width);
    expect(Math.abs(high - interval[1])).toBeLessThan(0.05 * width);
  });

  it('interpolates quantiles', () => {
    expect([0, 0.25, 0.5, 1].map((q) => quantile([1, 2, 4], q))).toEqual([1, 1.5, 2, 4]);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('draws with the numbers of the seeded generator', () => {
    const values = Float64Array.from({ length: 37 }, (_, i) => i * i);
    const random = new SeededRandom(9);
    const expected = Array.from({ length: 3 }, () => {
      let sum = 0;
      for (let i = 0; i < 37; i++) sum += values[Math.floor((random.uint32() * 37) / 2 ** 32)] as number;
      return sum / 37;
    });
    expect([...(bootstrapMeans([values], { resamples: 3, seed: 9 })[0] ?? [])]).toEqual(expected);
  });

  it('takes 10,000 resamples of 10,000 queries in seconds', () => {
    const started = performance.now();
    bootstrapInterval(Array.from({ length: 10_000 }, (_, i) => i % 2));
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

describe('a comparison', () => {
  it('says how much, how sure, and of how many', () => {
    const base = Array.from({ length: 200 }, (_, i) => (i % 10) / 10);
    const tuned = base.map((value, i) => (i % 4 === 0 ? value + 0.1 : i % 20 === 1 ? value - 0.1 : value));
    const comparison = compareMetric(result('ndcg@10', base), result('ndcg@10', tuned));
    expect(comparison).toMatchObject({
      metric: 'ndcg@10',
      queries: 200,
      improved: 50,
      worse: 10,
      unchanged: 140,
    });
    expect(comparison.base).toBeCloseTo(0.45, 9);
    expect(comparison.difference).toBeCloseTo(0.02, 9);
    expect(comparison.tuned - comparison.base).toBeCloseTo(comparison.difference, 9);
    expect(comparison.pValue).toBe(1 / 10_001);
    const [low, high] = comparison.interval;
    expect(low).toBeGreaterThan(0.01);
    expect(low).toBeLessThan(0.02);
    expect(high).toBeLessThan(0.03);
    // The difference is known better than either mean: the queries are the same.
    expect(high - low).toBeLessThan((comparison.baseInterval[1] - comparison.baseInterval[0]) / 2);
    expect(comparison.baseInterval[0]).toBeLessThan(0.45);
    expect(comparison.tunedInterval[1]).toBeGreaterThan(0.47);
  });

  it('pairs the queries by id, not by place', () => {
    const base = metricResult('mrr', new Map(Object.entries({ a: 1, b: 0 })));
    const tuned = metricResult('mrr', new Map(Object.entries({ b: 0, a: 1 })));
    expect(compareMetric(base, tuned)).toMatchObject({
      difference: 0,
      pValue: 1,
      unchanged: 2,
      interval: [0, 0],
    });
  });

  it('compares two runs', () => {
    const qrels: Qrels = new Map(['q1', 'q2'].map((query) => [query, new Map([['a', 1]])]));
    const bad: Run = new Map([['q1', new Map(Object.entries({ a: 1, b: 2 }))]]);
    const good: Run = new Map(['q1', 'q2'].map((query) => [query, new Map([['a', 1]])]));
    const [mrr, hit] = compareRuns(qrels, bad, good, ['mrr', 'hit@1']);
    expect(mrr).toMatchObject({ base: 0.25, tuned: 1, improved: 2, pValue: 0.5 });
    expect(hit).toMatchObject({ metric: 'hit@1', base: 0, tuned: 1 });
  });

  it('refuses what cannot be paired', () => {
    const one = result('mrr', [1]);
    for (const [base, tuned] of [
      [one, result('map', [1])],
      [one, result('mrr', [1, 1])],
      [one, metricResult('mrr', new Map([['other', 1]]))],
      [result('mrr', []), result('mrr', [])],
    ] as const)
      expect(() => compareMetric(base, tuned)).toThrow(ComparisonError);
    expect(() => compareMetrics([one], [])).toThrow(ComparisonError);
    expect(() => compareMetrics([one, result('map', [1, 2])], [one, result('map', [1, 2])])).toThrow(
      ComparisonError,
    );
    expect(() => compareMetric(one, one, { resamples: 0, permutations: 1.5 })).toThrow(
      /resamples.*\n.*permutations|permutations.*\n.*resamples/,
    );
  });

  it('lists every query, the most improved first', () => {
    const rows = queryDifferences(result('mrr', [0.5, 1, 0, 0.5]), result('mrr', [0.5, 0.2, 1, 0.75]));
    expect(rows.map(({ queryId, change }) => [queryId, Number(change.toFixed(6))])).toEqual([
      ['q2', 1],
      ['q3', 0.25],
      ['q0', 0],
      ['q1', -0.8],
    ]);
    expect(rows[0]).toEqual({ queryId: 'q2', base: 0, tuned: 1, change: 1 });
  });
});
