import { ConfigError } from '../../base/errors.ts';
import { parseMetric } from '../metrics/index.ts';
import type { MetricName, Qrels } from '../types.ts';

/** The queries that have judgements, in the order of those. @throws ConfigError naming those without a text */
export function judgedQueries(
  where: string,
  { queries, judgements }: { readonly queries: ReadonlyMap<string, string>; readonly judgements: Qrels },
): Map<string, string> {
  const judged = new Map<string, string>();
  const missing: string[] = [];
  for (const id of judgements.keys()) {
    const text = queries.get(id);
    if (text === undefined) missing.push(id);
    else judged.set(id, text);
  }
  if (missing.length === 0) return judged;
  const expected = 'the text of every judged query';
  const problems = missing.slice(0, 20).map((id) => ({ field: `queries.${id}`, expected, got: 'nothing' }));
  throw new ConfigError(where, problems);
}

/**
 * Documents to find per query: what was asked for, or the largest cut-off among the metrics, at least 100.
 *
 * @throws UnknownMetricError; ConfigError if k is no whole number from 1
 */
export function searchDepth(
  where: string,
  metrics: readonly MetricName[],
  wanted: number | undefined,
): number {
  const k = wanted ?? metrics.reduce((most, name) => Math.max(most, parseMetric(name).k ?? 0), 100);
  if (!Number.isInteger(k) || k < 1)
    throw new ConfigError(where, [{ field: 'k', expected: 'a whole number from 1', got: String(k) }]);
  return k;
}
