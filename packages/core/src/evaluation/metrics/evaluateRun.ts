import type { MetricName, MetricResult, Qrels, Run } from '../types.ts';
import { formulas, type RankedGrades } from './formulas.ts';
import { parseMetric } from './metricName.ts';
import { rankDocuments } from './rank.ts';

export interface EvaluateRunOptions {
  /**
   * Pass over a document that has the query's own id, as BEIR's evaluation does (there, queries of some sets are
   * documents of the corpus). Default false: trec_eval does not, and in other sets equal ids mean nothing.
   */
  readonly excludeSameId?: boolean;
}

/**
 * Scores a run by trec_eval's definitions (`trec_eval -c`): every judged query counts, one without results, or
 * without a relevant document, with 0. Queries that nobody judged are left out.
 *
 * @example
 * evaluateRun(qrels, run, ['ndcg@10', 'recall@100', 'mrr'])
 * @throws UnknownMetricError
 */
export function evaluateRun(
  qrels: Qrels,
  run: Run,
  metrics: readonly MetricName[],
  options: EvaluateRunOptions = {},
): MetricResult[] {
  const parsed = metrics.map(parseMetric);
  const values = parsed.map(() => new Map<string, number>());
  for (const [query, judged] of qrels) {
    const ranked = rankedGrades(query, judged, run.get(query), options.excludeSameId ?? false);
    parsed.forEach(({ kind, k = Number.POSITIVE_INFINITY }, i) => {
      values[i]?.set(query, formulas[kind](ranked, k));
    });
  }
  return parsed.map(({ name }, i) => metricResult(name, values[i] as Map<string, number>));
}

function rankedGrades(
  query: string,
  judged: ReadonlyMap<string, number>,
  found: ReadonlyMap<string, number> | undefined,
  excludeSameId: boolean,
): RankedGrades {
  const ids = found ? rankDocuments(found) : [];
  const kept = excludeSameId ? ids.filter((id) => id !== query) : ids;
  const ideal = [...judged.values()].filter((grade) => grade > 0).sort((a, b) => b - a);
  return { grades: kept.map((id) => judged.get(id) ?? 0), ideal };
}

/** The mean over all queries; 0 without any. */
export function metricResult(name: MetricName, perQuery: ReadonlyMap<string, number>): MetricResult {
  let sum = 0;
  for (const value of perQuery.values()) sum += value;
  return { name, mean: perQuery.size === 0 ? 0 : sum / perQuery.size, perQuery };
}

/** Name → mean: what events and `--json` show. */
export const metricMeans = (results: readonly MetricResult[]): Record<MetricName, number> =>
  Object.fromEntries(results.map(({ name, mean }) => [name, mean]));
