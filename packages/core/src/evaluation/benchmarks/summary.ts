import { RagwrightError } from '../../base/errors.ts';
import type { MetricName } from '../types.ts';

/** Sets of which different metrics are known. */
export class SummaryError extends RagwrightError {}

/**
 * A mean of means, as NanoBEIR's: every data set counts alike, however many queries it has, and a 0 counts as 0.
 *
 * @param sets means by metric, one for each data set
 * @returns nothing for no sets
 * @throws SummaryError if a set lacks a metric of the first
 *
 * @example
 * meanOverSets([{ 'ndcg@10': 0.6 }, { 'ndcg@10': 0.4 }]) // { 'ndcg@10': 0.5 }
 */
export function meanOverSets(
  sets: readonly Readonly<Record<MetricName, number>>[],
): Record<MetricName, number> {
  const names = Object.keys(sets[0] ?? {});
  return Object.fromEntries(
    names.map((name) => {
      const values = sets.map((metrics, i) => {
        const value = metrics[name];
        if (value === undefined) throw new SummaryError(`set ${i + 1} has no ${name}, set 1 has`);
        return value;
      });
      return [name, values.reduce((sum, value) => sum + value, 0) / values.length];
    }),
  );
}
