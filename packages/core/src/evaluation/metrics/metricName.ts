import { RagwrightError } from '../../base/errors.ts';
import type { MetricName } from '../types.ts';

/** What can be measured of a ranking; the words before the `@`. */
export const metricKinds = ['ndcg', 'mrr', 'map', 'recall', 'precision', 'hit'] as const;

export type MetricKind = (typeof metricKinds)[number];

export interface ParsedMetric {
  readonly name: MetricName;
  readonly kind: MetricKind;
  /** Ranks that count; absent: all. */
  readonly k?: number;
}

/** A metric that nobody here knows how to compute. */
export class UnknownMetricError extends RagwrightError {
  readonly metric: string;
  readonly known: readonly string[];

  constructor(metric: string) {
    const known = metricKinds.flatMap((kind) => [kind, `${kind}@k`]);
    super(`unknown metric ${JSON.stringify(metric)}: expected one of ${known.join(', ')}, with k from 1`);
    this.metric = metric;
    this.known = known;
  }
}

/** `ndcg@10` → { kind: 'ndcg', k: 10 }. @throws UnknownMetricError */
export function parseMetric(name: MetricName): ParsedMetric {
  const [, kind, cut] = /^([a-z]+)(?:@([1-9]\d{0,8}))?$/.exec(name) ?? [];
  const known = metricKinds.find((candidate) => candidate === kind);
  if (!known) throw new UnknownMetricError(name);
  return cut === undefined ? { name, kind: known } : { name, kind: known, k: Number(cut) };
}
