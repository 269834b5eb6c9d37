import { counted } from '../../base/format.ts';
import type { RunEvent } from '../../base/progress.ts';
import type { Reranker } from '../../knowledge/types.ts';
import { cutRun, evaluateRun, metricMeans } from '../metrics/index.ts';
import { compareMetrics } from '../significance/index.ts';
import type { Run } from '../types.ts';
import { createIndexer, type FirstStage, type Indexer } from './firstStage.ts';
import { type Judged, judged } from './judged.ts';
import { type LoadedCorpus, loadCorpus } from './loadCorpus.ts';
import { idsOf, remarks } from './remarks.ts';
import { rerankRun } from './rerankRun.ts';
import { searchRun } from './search.ts';
import { type BenchmarkSettings, benchmarkSettings, type ResolvedBenchmarkSettings } from './settings.ts';
import type { BenchmarkData, BenchmarkResult, BenchmarkStage } from './types.ts';

/** What somebody found elsewhere. */
export interface GivenRun {
  readonly kind: 'run';
  readonly name: string;
  readonly run: Run;
}

export interface BenchmarkTask extends BenchmarkSettings {
  readonly data: BenchmarkData;
  readonly first: FirstStage | GivenRun;
  /** Reads the first stage's candidates; both are measured then, and compared. */
  readonly reranker?: Reranker;
  readonly signal?: AbortSignal;
}

type Events<T> = AsyncGenerator<RunEvent, T, undefined>;

/**
 * Measures a way of retrieving on a data set, by BEIR's rules: trec_eval's metrics with linear gains over every judged
 * query, documents with the query's own id passed over (see {@link BenchmarkSettings}), titles and texts as one.
 *
 * @example
 * const data = await openBeir('data/scifact');
 * for await (const event of runBenchmark({ data, first: { kind: 'bm25' } })) show(event);
 * @throws UnknownMetricError, ConfigError if options are wrong, DataError if the corpus cannot be read
 */
export async function* runBenchmark(task: BenchmarkTask): Events<BenchmarkResult> {
  const { data, first, reranker } = task;
  const started = performance.now();
  const settings = benchmarkSettings(task);
  const asked = yield* judged(data, settings.excludeSameId);
  const found = yield* firstStage(task, settings, asked);
  const k = first.kind === 'run' && task.k === undefined ? undefined : settings.k; // a given run counts as it is
  const seen = { ...settings, ...asked, k: k ?? Number.POSITIVE_INFINITY };
  for (const remark of remarks({ ...seen, run: found.run, ids: found.corpus.ids }))
    yield { type: 'notice', level: 'warning', message: `${data.name}: ${remark}` };
  const stages: [BenchmarkStage, ...BenchmarkStage[]] = [
    yield* evaluated(first.kind === 'run' ? first.name : first.kind, found),
  ];
  if (reranker) {
    const stage = `${data.name}: rerank`;
    const texts = { queries: asked.queries, documents: found.corpus.texts };
    const options = { candidates: settings.candidates, stage, ...signalOf(task) };
    const reranked = yield* timed(stage, rerankRun(found.run, texts, reranker, options));
    stages.push(yield* evaluated('reranked', reranked));
  }
  const [base, ...rest] = stages;
  const comparisons = rest.flatMap(({ results }) => compareMetrics(base.results, results));
  return {
    name: data.name,
    split: data.split,
    documents: found.corpus.ids.size,
    queries: asked.judgements.size,
    k: settings.k,
    excludeSameId: asked.excludeSameId,
    stages,
    ...(reranker ? { comparisons } : {}),
    indexSeconds: found.indexSeconds,
    seconds: secondsSince(started),
  };

  async function* evaluated(name: string, { run: whole, seconds }: Timed): Events<BenchmarkStage> {
    const run = k === undefined ? whole : cutRun(whole, k);
    const results = evaluateRun(asked.judgements, run, settings.metrics, asked);
    const means = metricMeans(results);
    yield { type: 'evaluation', stage: data.name, model: name, split: data.split, metrics: means };
    return { name, results, run, seconds };
  }
}

interface Timed {
  readonly run: Run;
  readonly seconds: number;
}

interface Found extends Timed {
  readonly corpus: LoadedCorpus;
  readonly indexSeconds: number;
}

/** Reads the corpus and ranks it for every query; a run that is given is only checked against it. */
async function* firstStage(
  task: BenchmarkTask,
  settings: ResolvedBenchmarkSettings,
  { queries, excludeSameId }: Judged,
): Events<Found> {
  const { data, first, reranker } = task;
  // what the reranker is to read has to be found first
  const depth = reranker ? Math.max(settings.k, settings.candidates) : settings.k;
  const indexer = first.kind === 'run' ? undefined : createIndexer(first);
  const wanted = first.kind === 'run' ? idsOf(first.run) : undefined;
  try {
    const started = performance.now();
    const corpus = yield* indexed(task, indexer, (id) => reranker !== undefined && (wanted?.has(id) ?? true));
    const retriever = indexer?.finish();
    const indexSeconds = secondsSince(started);
    if (first.kind === 'run' || !retriever) {
      const given = first.kind === 'run' ? first.run : new Map();
      return { corpus, indexSeconds, run: excludeSameId ? withoutSameId(given) : given, seconds: 0 };
    }
    const stage = `${data.name}: search`;
    const options = { stage, depth, excludeSameId, ...signalOf(task) };
    return { corpus, indexSeconds, ...(yield* timed(stage, searchRun(queries, retriever, options))) };
  } finally {
    indexer?.dispose();
  }
}

async function* indexed(
  task: BenchmarkTask,
  indexer: Indexer | undefined,
  keepText: (id: string) => boolean,
): Events<LoadedCorpus> {
  const stage = `${task.data.name}: ${indexer ? 'index' : 'read'}`;
  const started = performance.now();
  yield { type: 'stage', stage, status: 'started' };
  const options = { stage, keepText, ...(indexer ? { indexer } : {}), ...signalOf(task) };
  const corpus = yield* loadCorpus(task.data, options);
  const summary = counted(corpus.ids.size, 'document');
  yield { type: 'stage', stage, status: 'done', seconds: secondsSince(started), summary };
  return corpus;
}

async function* timed(stage: string, ranking: Events<Run>): Events<Timed> {
  const started = performance.now();
  yield { type: 'stage', stage, status: 'started' };
  const run = yield* ranking;
  const seconds = secondsSince(started);
  yield { type: 'stage', stage, status: 'done', seconds, summary: counted(run.size, 'query', 'queries') };
  return { run, seconds };
}

const withoutSameId = (run: Run): Run =>
  new Map([...run].map(([query, scores]) => [query, new Map([...scores].filter(([id]) => id !== query))]));

const secondsSince = (started: number): number => (performance.now() - started) / 1000;

const signalOf = ({ signal }: BenchmarkTask) => (signal ? { signal } : {});
