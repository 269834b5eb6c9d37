import type { Comparison } from '../types.ts';
import type { Verdict } from './types.ts';

/**
 * Keeps the tuned model only if it is better by more than chance explains: a difference above 0 with p < alpha.
 *
 * @param alpha level of significance, default 0.05
 */
export function decide(comparison: Comparison, alpha = 0.05): Verdict {
  const { difference, pValue, metric } = comparison;
  const significant = pValue < alpha;
  const outcome = !significant || difference === 0 ? 'not shown' : difference > 0 ? 'better' : 'worse';
  return { outcome, kept: outcome === 'better' ? 'tuned' : 'base', metric, alpha };
}

/** The verdict's comparison; the first one if the metric is missing. */
export const deciding = (comparisons: readonly Comparison[], verdict: Verdict): Comparison | undefined =>
  comparisons.find(({ metric }) => metric === verdict.metric) ?? comparisons[0];
