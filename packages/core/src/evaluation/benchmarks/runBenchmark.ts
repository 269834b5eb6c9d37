import { count, counted } from '../../base/format.ts';
import type { RunEvent } from '../../base/progress.ts';
import type { Reranker } from '../../knowledge/types.ts';
import { evaluateRun, metricMeans } from '../metrics/index.ts';
import { compareMetrics } from '../significance/index.ts';
import type { Run } from '../types.ts';
import { createIndexer, type FirstStage, type Indexer } from './firstStage.ts';
import { type LoadedCorpus, loadCorpus } from './loadCorpus.ts';
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
 * query, documents with the query's own id passed over, titles and texts searched together.
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
  const { judgements, queries } = yield* judged(data);
  const found = yield* firstStage(task, settings, queries);
  yield* remarks(data, found, settings);
  const stages: [BenchmarkStage, ...BenchmarkStage[]] = [
    yield* evaluated(first.kind === 'run' ? first.name : first.kind, found),
  ];
  if (reranker) {
    const { candidates } = settings;
    const texts = { queries, documents: found.corpus.texts };
    const options = { candidates, stage: `${data.name}: rerank`, ...signalOf(task) };
    stages.push(
      yield* evaluated(
        'reranked',
        yield* timed(options.stage, rerankRun(found.run, texts, reranker, options)),
      ),
    );
  }
  const [base, ...rest] = stages;
  const comparisons = rest.flatMap(({ results }) => compareMetrics(base.results, results));
  return {
    name: data.name,
    split: data.split,
    documents: found.corpus.ids.size,
    queries: judgements.size,
    stages,
    ...(reranker ? { comparisons } : {}),
    indexSeconds: found.indexSeconds,
    seconds: secondsSince(started),
  };

  async function* evaluated(name: string, { run, seconds }: Timed): Events<BenchmarkStage> {
    const { metrics, excludeSameId } = settings;
    const results = evaluateRun(judgements, run, metrics, { excludeSameId });
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

/** The judged queries that have a text, as in BEIR. */
async function* judged(data: BenchmarkData): Events<Pick<BenchmarkData, 'judgements' | 'queries'>> {
  const judgements = new Map([...data.judgements].filter(([id]) => data.queries.has(id)));
  const lost = data.judgements.size - judgements.size;
  if (lost > 0)
    yield warning(`${data.name}: ${counted(lost, 'judged query', 'judged queries')} without a text left out`);
  const queries = new Map([...judgements.keys()].map((id) => [id, data.queries.get(id) as string]));
  return { judgements, queries };
}

/** Reads the corpus and ranks it for every query; a run that is given is only checked against it. */
async function* firstStage(
  task: BenchmarkTask,
  settings: ResolvedBenchmarkSettings,
  queries: ReadonlyMap<string, string>,
): Events<Found> {
  const { data, first, reranker } = task;
  const { excludeSameId } = settings;
  // what the reranker is to read has to be found first
  const depth = reranker ? Math.max(settings.k, settings.candidates) : settings.k;
  const indexer = first.kind === 'run' ? undefined : createIndexer(first);
  const wanted = first.kind === 'run' ? idsOf(first.run) : undefined;
  try {
    const started = performance.now();
    const corpus = yield* indexed(task, indexer, (id) => reranker !== undefined && (wanted?.has(id) ?? true));
    const retriever = indexer?.finish();
    const indexSeconds = secondsSince(started);
    if (first.kind === 'run' || !retriever)
      return { corpus, indexSeconds, run: first.kind === 'run' ? first.run : new Map(), seconds: 0 };
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
  yield { type: 'stage', stage, status: 'done', seconds, summary: `${count(run.size)} queries` };
  return { run, seconds };
}

/** What makes figures other than a reader thinks. */
async function* remarks(
  { name, judgements }: BenchmarkData,
  { corpus, run }: Found,
  { excludeSameId }: ResolvedBenchmarkSettings,
): Events<void> {
  const pairs = [...judgements].flatMap(([query, grades]) =>
    [...grades].filter(([, grade]) => grade > 0).map(([id]) => [query, id] as const),
  );
  const lost = pairs.filter(([, id]) => !corpus.ids.has(id)).length;
  if (lost > 0)
    yield warning(`${name}: ${counted(lost, 'relevant document')} not in the corpus; counted as missed`);
  const own = excludeSameId ? pairs.filter(([query, id]) => query === id).length : 0;
  if (own > 0)
    yield warning(
      `${name}: ${counted(own, 'query', 'queries')} have a relevant document with their own id, which BEIR's rule passes over: queries and documents seem to be numbered alike`,
    );
  const unknown = [...idsOf(run)].filter((id) => !corpus.ids.has(id)).length;
  if (unknown > 0) yield warning(`${name}: ${counted(unknown, 'document')} of the run not in the corpus`);
}

const idsOf = (run: Run): Set<string> => new Set([...run.values()].flatMap((scores) => [...scores.keys()]));

const warning = (message: string): RunEvent => ({ type: 'notice', level: 'warning', message });

const secondsSince = (started: number): number => (performance.now() - started) / 1000;

const signalOf = ({ signal }: BenchmarkTask) => (signal ? { signal } : {});
