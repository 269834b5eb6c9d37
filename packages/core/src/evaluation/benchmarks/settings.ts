import { z } from 'zod';
import { parseSettings, withoutUndefined } from '../../base/settings.ts';
import { parseMetric } from '../metrics/index.ts';
import type { MetricName } from '../types.ts';

/** BEIR's headline, its recall, and what older collections are compared by. */
export const benchmarkMetrics: readonly MetricName[] = ['ndcg@10', 'recall@100', 'mrr@10', 'map@100'];

export interface BenchmarkSettings {
  /** Default {@link benchmarkMetrics}. */
  readonly metrics?: readonly MetricName[];
  /**
   * Documents per query that are measured; default the largest cut-off among the metrics, at least 100. A run that is given
   * counts whole unless this is set.
   */
  readonly k?: number;
  /** Documents of a query that the reranker reads; default 100, as BEIR does. */
  readonly candidates?: number;
  /**
   * BEIR's rule: a document with the query's own id does not count. Default: true, but false for data that call such a
   * document relevant (PubMedQA, whose questions have the ids of their abstracts; Cranfield and CISI, which number
   * queries and documents alike). None of BEIR's own sets does so.
   */
  readonly excludeSameId?: boolean;
}

const schema = z.strictObject({
  metrics: z
    .array(z.string())
    .min(1)
    .default([...benchmarkMetrics]),
  k: z.int().min(1).optional(),
  candidates: z.int().min(1).default(100),
  excludeSameId: z.boolean().optional(),
});

export interface ResolvedBenchmarkSettings {
  readonly metrics: readonly MetricName[];
  readonly k: number;
  readonly candidates: number;
  /** Undefined: the data decide. */
  readonly excludeSameId: boolean | undefined;
}

/** @throws ConfigError with everything that is wrong, UnknownMetricError */
export function benchmarkSettings({
  metrics,
  k,
  candidates,
  excludeSameId,
}: BenchmarkSettings): ResolvedBenchmarkSettings {
  const given = withoutUndefined({ metrics, k, candidates, excludeSameId });
  const parsed = parseSettings(schema, given, 'benchmark');
  const cuts = parsed.metrics.map((name) => parseMetric(name).k ?? 0);
  return { ...parsed, excludeSameId: parsed.excludeSameId, k: parsed.k ?? Math.max(100, ...cuts) };
}
