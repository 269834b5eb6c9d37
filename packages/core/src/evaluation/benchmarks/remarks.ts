import { counted } from '../../base/format.ts';
import { parseMetric } from '../metrics/index.ts';
import type { MetricName, Qrels, Run } from '../types.ts';

export interface RemarkedRun {
  readonly judgements: Qrels;
  readonly run: Run;
  /** Of the corpus. */
  readonly ids: ReadonlySet<string>;
  readonly k: number;
  readonly metrics: readonly MetricName[];
}

/** What makes figures other than a reader thinks, a sentence each. */
export function remarks({ judgements, run, ids, k, metrics }: RemarkedRun): string[] {
  const relevant = [...judgements.values()].flatMap((grades) =>
    [...grades].filter(([, grade]) => grade > 0).map(([id]) => id),
  );
  const lost = relevant.filter((id) => !ids.has(id)).length;
  const unknown = [...idsOf(run)].filter((id) => !ids.has(id)).length;
  const unasked = [...judgements.keys()].filter((query) => !run.has(query)).length;
  const deeper = metrics.filter((metric) => (parseMetric(metric).k ?? 0) > k);
  return [
    ...(lost > 0 ? [`${counted(lost, 'relevant document')} not in the corpus, so missed`] : []),
    ...(unknown > 0 ? [`${counted(unknown, 'document')} of the run not in the corpus`] : []),
    ...(unasked > 0 ? [`${counted(unasked, 'judged query', 'judged queries')} not in the run, so 0`] : []),
    ...(deeper.length > 0 ? [`${deeper.join(', ')} of the first ${k} documents only`] : []),
  ];
}

/** All documents of a run. */
export const idsOf = (run: Run): Set<string> =>
  new Set([...run.values()].flatMap((scores) => [...scores.keys()]));
