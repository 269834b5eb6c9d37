import type { RunEvent } from '../../../base/progress.ts';
import { evaluateRetrieval, type RetrievalEvaluation } from '../../../evaluation/index.ts';
import type { Knowledge } from './knowledge.ts';
import type { ResolvedTuneSettings } from './settings.ts';
import { eventsOf, type Staged } from './stage.ts';
import type { TuneData } from './types.ts';

/** How well the documents that answer the test queries are found: by trec_eval's definitions, best chunk per document. */
export async function* measure(
  which: 'base' | 'tuned',
  { retriever }: Knowledge,
  { queries, judgements }: TuneData,
  { evaluation: { metrics, decidedBy } }: ResolvedTuneSettings,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent, Staged<RetrievalEvaluation>, undefined> {
  const stage = `evaluate ${which}`;
  const wanted = [...new Set([decidedBy, ...metrics])];
  const found = yield* eventsOf((send) =>
    evaluateRetrieval({
      retriever,
      queries,
      judgements: judgements.test,
      metrics: wanted,
      onProgress: (_, done, total) => send({ type: 'progress', stage, done, total, unit: 'queries' }),
      ...(signal && { signal }),
    }),
  );
  const means = Object.fromEntries(found.results.map(({ name, mean }) => [name, mean]));
  yield { type: 'evaluation', stage, model: which, split: 'test', metrics: means };
  const summary = found.results.map(({ name, mean }) => `${name} ${mean.toFixed(4)}`).join(', ');
  return { value: found, summary };
}
