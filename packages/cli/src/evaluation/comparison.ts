import type { Comparison } from '@ragwright/core/evaluation';
import { columns } from '../terminal/style.ts';

/** The part of a comparison that a reader of JSON wants. */
export const comparisonJson = ({
  metric,
  base,
  tuned,
  difference,
  interval,
  pValue,
  improved,
  worse,
  unchanged,
}: Comparison) => ({
  metric,
  first: base,
  reranked: tuned,
  difference,
  interval,
  pValue,
  improved,
  worse,
  unchanged,
});

/** What reranking changed: difference, 95 % interval, p, and how many queries went up and down. */
export function comparisonTable(
  rows: readonly { readonly set?: string; readonly comparison: Comparison }[],
): string {
  const named = rows.some(({ set }) => set !== undefined);
  const head = ['metric', 'first', 'reranked', 'change', '95 % interval', 'p', 'better', 'worse'];
  const lines = rows.map(({ comparison }) => [
    comparison.metric,
    comparison.base.toFixed(4),
    comparison.tuned.toFixed(4),
    signed(comparison.difference),
    `${signed(comparison.interval[0])} to ${signed(comparison.interval[1])}`,
    comparison.pValue < 0.0001 ? '< 0.0001' : comparison.pValue.toFixed(4),
    String(comparison.improved),
    String(comparison.worse),
  ]);
  if (!named) return columns([head, ...lines], 1);
  return columns([['set', ...head], ...lines.map((line, i) => [rows[i]?.set ?? '', ...line])], 2);
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
