import type { StageReport } from '../report/types.ts';
import type { MetricName } from '../types.ts';
import { decideReranker } from './decideReranker.ts';
import type { PipelineEvaluation, StageGain } from './types.ts';

/**
 * A pipeline evaluation as the report shows it, by one metric: the honest view, with the oracle's mean beside it, and
 * the decision about each reranker against the stage that it reads.
 *
 * @param metric default the first that was measured; stages without it are left out
 * @param alpha level of significance of the decisions, default 0.05
 */
export function stageReports(
  { stages }: PipelineEvaluation,
  metric: MetricName | undefined = stages[0]?.honest.results[0]?.name,
  alpha = 0.05,
): StageReport[] {
  return stages.flatMap(({ name, honest, oracle, positives, latency }): StageReport[] => {
    const at = honest.results.findIndex((result) => result.name === metric);
    const result = honest.results[at];
    if (result === undefined) return [];
    const gainOn = (gains: readonly StageGain[] | undefined) => gains?.[at]?.comparison;
    const [gain, onSource] = [gainOn(honest.againstPrevious), gainOn(honest.againstSource)];
    const verdict = onSource && decideReranker(onSource, alpha);
    const appended = oracle?.results[at]?.mean;
    return [
      {
        name,
        metric: result.name,
        mean: result.mean,
        interval: honest.intervals[at] ?? [Number.NaN, Number.NaN],
        ...(gain && { gain }),
        ...(appended !== undefined && { oracle: appended }),
        positives,
        ...(latency && { latency: { p50: latency.p50, p95: latency.p95 } }),
        ...(verdict && { decision: { kept: verdict.kept === 'reranker', words: verdict.words } }),
      },
    ];
  });
}
