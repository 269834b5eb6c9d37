import type { MetricResult, Qrels, Run, RunTexts } from '@ragwright/core/evaluation';
import type { Context } from '../command/types.ts';
import type { ModelValues } from '../models/openModel.ts';
import { openReranker } from '../models/openReranker.ts';
import { follow } from '../terminal/follow.ts';
import { comparisonJson, comparisonTable } from './comparison.ts';

/** A run that has been measured. */
export interface EvaluatedRun {
  readonly run: Run;
  readonly results: readonly MetricResult[];
  readonly judgements: Qrels;
  readonly texts: RunTexts;
  readonly excludeSameId: boolean;
}

/** Reranks a run, measures it by the same metrics, and compares. */
export async function evaluateReranked(
  { run, results, judgements, texts, excludeSameId }: EvaluatedRun,
  values: Pick<ModelValues, 'precision' | 'max-length'> & {
    readonly reranker: string;
    readonly candidates: number;
  },
  { terminal, signal }: Pick<Context, 'terminal' | 'signal'>,
) {
  const { compareMetrics, evaluateRun, metricMeans, rerankRun } = await import('@ragwright/core/evaluation');
  const { reranker, close, folder, precision } = await openReranker(values.reranker, values, {
    terminal,
    signal,
  });
  try {
    const { candidates } = values;
    const started = performance.now();
    const reranked = await follow(rerankRun(run, texts, reranker, { candidates, signal }), terminal, false);
    const seconds = (performance.now() - started) / 1000;
    const names = results.map(({ name }) => name);
    const measured = evaluateRun(judgements, reranked, names, { excludeSameId });
    const comparisons = compareMetrics(results, measured);
    return {
      run: reranked,
      json: {
        reranker: { source: values.reranker, folder, precision },
        candidates,
        reranked: { seconds: Number(seconds.toFixed(3)), ...metricMeans(measured) },
        comparisons: comparisons.map(comparisonJson),
      },
      text: comparisonTable(comparisons.map((comparison) => ({ comparison }))),
    };
  } finally {
    close();
  }
}
