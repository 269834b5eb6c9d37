import type { MetricResult } from '../types.ts';

/** What became of one query. */
export interface QueryDifference {
  readonly queryId: string;
  readonly base: number;
  readonly tuned: number;
  /** tuned − base. */
  readonly change: number;
}

/** Every query with its change: the most improved first, the most damaged last; ties in the order of the queries. */
export function queryDifferences(base: MetricResult, tuned: MetricResult): QueryDifference[] {
  const rows = [...base.perQuery].map(([queryId, value]): QueryDifference => {
    const after = tuned.perQuery.get(queryId) ?? 0;
    return { queryId, base: value, tuned: after, change: after - value };
  });
  return rows.sort((a, b) => b.change - a.change);
}
