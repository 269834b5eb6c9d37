import {
  defaultCandidates,
  type RerankingOptions,
  rerankingRetriever,
} from '../../knowledge/reranking/index.ts';
import type { Retriever } from '../../knowledge/types.ts';
import { cutRun } from '../metrics/index.ts';
import { defaultMetrics, judgedQueries, searchDepth } from '../retrieval/index.ts';
import type { Run } from '../types.ts';
import { type Candidates, candidatesOfRun, recordCandidates, runOf } from './candidates.ts';
import { type CheckedStage, checkStages } from './checkStages.ts';
import { viewsOf } from './compareStages.ts';
import { measureLatency } from './latency.ts';
import { countMissed, countPositives, missedPositives, withMissed, withMissedChunks } from './missed.ts';
import { rememberingReranker, rerankAll } from './rerank.ts';
import type { PipelineEvaluation, PipelineTask, RerankerStage, StageLatency } from './types.ts';

/** Passages that a query is served when its time is taken. */
const servedPassages = 10;

/**
 * Measures whole pipelines on the same queries: a retriever, the retriever with a reranker, with another reranker,
 * as many stages as wanted. A retriever runs once; all rerankers over it read the same candidates, many queries at a
 * time. Each stage is compared with the one before, with the first, and a reranker with the stage that it reads, query
 * by query.
 *
 * Two views: `honest` (a positive that the retriever missed stays missed) is what users get and what decides;
 * `oracle`, if `chunksOf` is given, appends the missed positives before reranking, as sentence-transformers does.
 *
 * @example
 * const { stages } = await evaluatePipeline({
 *   stages: [
 *     { name: 'tuned embedder', retriever },
 *     { name: '+ base reranker', reranker: base },
 *     { name: '+ tuned reranker', reranker: tuned, options: { candidates: 100 } },
 *   ],
 *   queries, judgements, metrics: ['ndcg@10', 'recall@100'], chunksOf: storeChunks(store),
 * });
 * @throws ConfigError if stages don't fit together or a judged query has no text; UnknownMetricError; RerankerError
 */
export async function evaluatePipeline(task: PipelineTask): Promise<PipelineEvaluation> {
  const { metrics = defaultMetrics, judgements, excludeSameId = false } = task;
  const k = searchDepth('evaluatePipeline', metrics, task.k);
  const queries = judgedQueries('evaluatePipeline', task);
  const stages = checkStages(task);
  const found: Found[] = [];
  for (const stage of stages) {
    const started = performance.now();
    const results = await runStage(stage, found[stage.source], { task, queries, k, deepest: deepest(task) });
    found.push({ ...results, seconds: (performance.now() - started) / 1000 });
  }
  const latencies: (StageLatency | undefined)[] = [];
  for (const stage of stages) latencies.push(await latencyOf(stage, stages, queries, found, task));
  const against = stages.map(({ source }, i) => ({ previous: i - 1, first: i === 0 ? -1 : 0, source }));
  const options = { ...task.compare, excludeSameId };
  const honest = viewsOf(
    found.map(({ run }) => run),
    against,
    judgements,
    metrics,
    options,
  );
  const oracleRuns = found.flatMap(({ oracle }) => oracle ?? []);
  const oracle = task.chunksOf ? viewsOf(oracleRuns, against, judgements, metrics, options) : [];
  const total = countPositives(judgements);
  return {
    queries: queries.size,
    stages: stages.map(({ stage, kind, source }, i) => {
      const { seconds, missed } = found[i] as Found;
      const [latency, over, view] = [latencies[i], stages[source]?.stage.name, oracle[i]];
      return {
        name: stage.name,
        kind,
        ...(over !== undefined && { over }),
        honest: honest[i] as (typeof honest)[number],
        ...(view && { oracle: view }),
        positives: { total, missed },
        ...(latency && { latency }),
        seconds,
      };
    }),
  };
}

interface StageRuns {
  readonly run: Run;
  readonly oracle?: Run;
  /** Positives that were not found, or not shown to the reranker. */
  readonly missed: number;
  /** For rerankers over this stage. */
  readonly candidates: Candidates;
}

interface Found extends StageRuns {
  readonly seconds: number;
}

interface Context {
  readonly task: PipelineTask;
  readonly queries: ReadonlyMap<string, string>;
  readonly k: number;
  /** Most candidates that any reranker reads. */
  readonly deepest: number;
}

async function runStage(
  { stage, reranked }: CheckedStage,
  source: Found | undefined,
  context: Context,
): Promise<StageRuns> {
  const { task, queries, k, deepest } = context;
  const { signal, judgements, excludeSameId = false, chunksOf } = task;
  const onProgress = (done: number, total: number) => task.onProgress?.(stage.name, done, total);
  if ('reranker' in stage) return rerankStage(stage, source as Found, context, onProgress);
  let candidates: Candidates = new Map();
  let run: Run;
  if ('run' in stage) {
    const whole = ofQueries(stage.run, queries, excludeSameId);
    if (reranked && chunksOf) candidates = await candidatesOfRun(queries, whole, chunksOf);
    run = cutRun(whole, k);
  } else {
    const options = { excludeSameId, onProgress, ...(task.retrieve && { retrieve: task.retrieve }) };
    const depth = Math.max(k, deepest);
    candidates = await recordCandidates(
      queries,
      stage.retriever,
      depth,
      signal ? { ...options, signal } : options,
    );
    run = runOf(candidates, k);
  }
  const missed = missedPositives(judgements, (query) => run.get(query)?.keys() ?? [], excludeSameId);
  return {
    run,
    candidates,
    missed: countMissed(missed),
    ...(chunksOf && { oracle: withMissed(run, missed) }),
  };
}

async function rerankStage(
  stage: RerankerStage,
  source: Found,
  { task, queries, k }: Context,
  onProgress: (done: number, total: number) => void,
): Promise<StageRuns> {
  const { signal, judgements, excludeSameId = false, chunksOf } = task;
  const settings = stage.options ?? {};
  const count = settings.candidates ?? defaultCandidates;
  const reranker = rememberingReranker(stage.reranker);
  const options = signal ? { signal } : {};
  const { candidates } = source;
  const ranked = await rerankAll(queries, candidates, reranker, settings, { ...options, onProgress });
  const shown = (query: string) =>
    (candidates.get(query) ?? []).slice(0, count).map(({ chunk }) => chunk.documentId);
  const missed = missedPositives(judgements, shown, excludeSameId);
  const runs = { run: runOf(ranked, k), candidates: ranked, missed: countMissed(missed) };
  if (chunksOf === undefined) return runs;
  const all = await withMissedChunks(candidates, count, missed, chunksOf);
  const most = Math.max(1, ...[...all.values()].map(({ length }) => length));
  const { tokenBudget: _, ...unlimited } = settings; // appended passages must be read
  const oracle = await rerankAll(queries, all, reranker, { ...unlimited, candidates: most }, options);
  return { ...runs, oracle: runOf(oracle, k) };
}

/** A run of the judged queries only. */
function ofQueries(run: Run, queries: ReadonlyMap<string, string>, excludeSameId: boolean): Run {
  return new Map(
    [...queries.keys()].map((query) => {
      const found = [...(run.get(query) ?? [])];
      return [query, new Map(excludeSameId ? found.filter(([id]) => id !== query) : found)];
    }),
  );
}

const deepest = ({ stages }: PipelineTask): number =>
  Math.max(
    1,
    ...stages.map((stage) => ('reranker' in stage ? (stage.options?.candidates ?? defaultCandidates) : 1)),
  );

async function latencyOf(
  { stage, source }: CheckedStage,
  stages: readonly CheckedStage[],
  queries: ReadonlyMap<string, string>,
  found: readonly Found[],
  task: PipelineTask,
): Promise<StageLatency | undefined> {
  const { latencyQueries = 20, retrieve = {}, signal } = task;
  if ('run' in stage) return undefined;
  const wanted = { ...retrieve, k: servedPassages, ...(signal && { signal }) };
  const measure = (retriever: Retriever) =>
    measureLatency([...queries.values()], latencyQueries, retriever, wanted);
  if ('retriever' in stage) return measure(stage.retriever);
  const below = stages[source]?.stage;
  const settings: RerankingOptions = stage.options ?? {};
  if (below && 'retriever' in below)
    return measure(rerankingRetriever(below.retriever, stage.reranker, settings));
  // Over a run: the reranker's own time.
  const byText = new Map(
    [...queries].map(([id, text]) => [text, found[source]?.candidates.get(id) ?? []] as const),
  );
  const recorded: Retriever = {
    retrieve: async (texts) => texts.map((text) => [...(byText.get(text) ?? [])]),
  };
  return measure(rerankingRetriever(recorded, stage.reranker, settings));
}
