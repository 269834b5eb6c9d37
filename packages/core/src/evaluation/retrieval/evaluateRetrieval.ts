import type { Embedder, Retriever } from '../../knowledge/types.ts';
import { evaluateRun } from '../metrics/index.ts';
import type { MetricName, MetricResult, Qrels, Run } from '../types.ts';
import { exactRun, type Vectors } from './exactRun.ts';
import { judgedQueries, searchDepth } from './judged.ts';
import { type RetrieverRunOptions, retrieverRun } from './retrieverRun.ts';
import { type ScoreDistribution, scoreDistribution } from './scoreDistribution.ts';

/** What is measured if nobody says: BEIR's headline first. */
export const defaultMetrics: readonly MetricName[] = [
  'ndcg@10',
  'mrr@10',
  'map@100',
  'recall@10',
  'recall@100',
  'precision@10',
  'hit@1',
];

export interface RetrievalTask {
  /** Text by query id; those without judgements are passed over. */
  readonly queries: ReadonlyMap<string, string>;
  readonly judgements: Qrels;
  /** Default {@link defaultMetrics}. */
  readonly metrics?: readonly MetricName[];
  /** Documents found per query; default the largest cut-off among the metrics, at least 100. */
  readonly k?: number;
  /** BEIR's rule: a document with the query's own id does not count. Default false. */
  readonly excludeSameId?: boolean;
  readonly signal?: AbortSignal;
  /** Called as the work goes on. */
  readonly onProgress?: (stage: RetrievalStage, done: number, total: number) => void;
}

export type RetrievalStage = 'embed documents' | 'embed queries' | 'search';

/** An embedding model over a corpus, searched exactly; no store is needed. */
export interface EmbedderTask extends RetrievalTask {
  readonly embedder: Embedder;
  /** Text to embed, by document id. */
  readonly corpus: ReadonlyMap<string, string>;
}

/** Anything that retrieves; judgements are of documents, so the best chunk of a document counts. */
export interface RetrieverTask extends RetrievalTask {
  readonly retriever: Retriever;
  readonly retrieve?: RetrieverRunOptions['retrieve'];
}

export interface RetrievalEvaluation {
  /** In the order of the metrics. */
  readonly results: readonly MetricResult[];
  readonly run: Run;
  /** For the report; see {@link scoreDistribution}. */
  readonly scores: ScoreDistribution;
  readonly seconds: number;
}

/**
 * Measures retrieval by trec_eval's definitions, over every judged query.
 *
 * @example
 * const { results } = await evaluateRetrieval({ embedder, corpus, queries, judgements, metrics: ['ndcg@10'] })
 * @throws UnknownMetricError, ConfigError if a judged query has no text, VectorError
 */
export async function evaluateRetrieval(task: EmbedderTask | RetrieverTask): Promise<RetrievalEvaluation> {
  const { metrics = defaultMetrics, judgements } = task;
  const started = performance.now();
  const k = searchDepth('evaluateRetrieval', metrics, task.k);
  const queries = judgedQueries('evaluateRetrieval', task);
  const { run, vectors } = await ('embedder' in task
    ? searchCorpus(task, queries, k)
    : searchRetriever(task, queries, k));
  const results = evaluateRun(judgements, run, metrics, { excludeSameId: task.excludeSameId ?? false });
  const scores = scoreDistribution(judgements, run, vectors ? { vectors } : {});
  return { results, run, scores, seconds: (performance.now() - started) / 1000 };
}

interface Found {
  readonly run: Run;
  readonly vectors?: { readonly queries: Vectors; readonly documents: Vectors };
}

async function searchCorpus(
  task: EmbedderTask,
  queries: ReadonlyMap<string, string>,
  k: number,
): Promise<Found> {
  const { embedder, corpus } = task;
  const embed = (stage: RetrievalStage) => ({ ...signalOf(task), onProgress: progressOf(task, stage) });
  const documentVectors = await embedder.embedDocuments([...corpus.values()], embed('embed documents'));
  const queryVectors = await embedder.embedQueries([...queries.values()], embed('embed queries'));
  const documents = new Map([...corpus.keys()].map((id, i) => [id, documentVectors[i] as Float32Array]));
  const vectors = new Map([...queries.keys()].map((id, i) => [id, queryVectors[i] as Float32Array]));
  const run = await exactRun(vectors, documents, k, searchOptions(task));
  return { run, vectors: { queries: vectors, documents } };
}

async function searchRetriever(
  task: RetrieverTask,
  queries: ReadonlyMap<string, string>,
  k: number,
): Promise<Found> {
  const retrieve = task.retrieve ? { retrieve: task.retrieve } : {};
  return { run: await retrieverRun(queries, task.retriever, k, { ...searchOptions(task), ...retrieve }) };
}

const signalOf = ({ signal }: RetrievalTask) => (signal ? { signal } : {});

const progressOf = (task: RetrievalTask, stage: RetrievalStage) => (done: number, total: number) =>
  task.onProgress?.(stage, done, total);

const searchOptions = (task: RetrievalTask) => ({
  ...signalOf(task),
  excludeSameId: task.excludeSameId ?? false,
  onProgress: progressOf(task, 'search'),
});
