import { metricTitle, pValue, score, signed } from '../report/format.ts';
import { decide } from '../report/verdict.ts';
import type { Comparison, MetricName } from '../types.ts';

/** Whether a reranker stays in the pipeline, and why. */
export interface RerankerVerdict {
  /** `better`: the difference is above 0 and p below alpha. `not shown`: not significant. `worse`: significantly below 0. */
  readonly outcome: 'better' | 'not shown' | 'worse';
  /** The reranker only if the pipeline with it is better. */
  readonly kept: 'reranker' | 'retriever';
  readonly metric: MetricName;
  readonly alpha: number;
  /** The same in a sentence. */
  readonly words: string;
}

/**
 * Keeps a reranker only if the whole pipeline is better with it by more than chance explains; otherwise the pipeline
 * leaves it out, and `words` say so.
 *
 * @param comparison the pipeline with the reranker (`tuned`) against the retriever alone (`base`), honest view
 * @param alpha level of significance, default 0.05
 */
export function decideReranker(comparison: Comparison, alpha = 0.05): RerankerVerdict {
  const { outcome, metric } = decide(comparison, alpha);
  const { base, tuned, difference } = comparison;
  const figures = `${metricTitle(metric)} ${score(base)} → ${score(tuned)}, ${signed(difference)}, ${pValue(comparison.pValue)}`;
  const said = {
    better: 'The reranker helps and stays in the pipeline',
    'not shown': 'The reranker is not shown to help and is left out',
    worse: 'The reranker hurts and is left out',
  }[outcome];
  const kept = outcome === 'better' ? 'reranker' : 'retriever';
  return { outcome, kept, metric, alpha, words: `${said} (${figures}).` };
}
