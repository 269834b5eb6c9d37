import type { Chunk } from '../../corpus/chunks/types.ts';
import type { RerankingOptions } from '../../knowledge/reranking/index.ts';
import type { Reranker, Retriever } from '../../knowledge/types.ts';
import type { RetrieverRunOptions } from '../retrieval/index.ts';
import type { CompareOptions, Interval, QueryDifference } from '../significance/index.ts';
import type { Comparison, MetricName, MetricResult, Qrels, Run } from '../types.ts';

/** A system that finds chunks. */
export interface RetrieverStage {
  /** Unique among the stages: `bm25`, `tuned embedder`. */
  readonly name: string;
  readonly retriever: Retriever;
}

/** A system whose results are known already, from a run file, say. */
export interface RunStage {
  readonly name: string;
  readonly run: Run;
}

/** A reranker over what an earlier stage has found. */
export interface RerankerStage {
  readonly name: string;
  readonly reranker: Reranker;
  /** Name of that stage; default the nearest before this one that is no reranker. */
  readonly over?: string;
  /** As they will be served. A latency budget is left out here, as queries are scored many at a time. */
  readonly options?: RerankingOptions;
}

export type PipelineStage = RetrieverStage | RunStage | RerankerStage;

export interface PipelineTask {
  /** In the order in which they are told: each is compared with the one before it, and with the first. */
  readonly stages: readonly PipelineStage[];
  /** Text by query id; those without judgements are passed over. */
  readonly queries: ReadonlyMap<string, string>;
  /** Of documents: the best chunk of a document counts. */
  readonly judgements: Qrels;
  /** Default {@link defaultMetrics}. */
  readonly metrics?: readonly MetricName[];
  /** Documents kept per query; default the largest cut-off among the metrics, at least 100. */
  readonly k?: number;
  /** BEIR's rule: a document with the query's own id is never found. Default false. */
  readonly excludeSameId?: boolean;
  /** Filter and boosts, of all retrievers. */
  readonly retrieve?: RetrieverRunOptions['retrieve'];
  /**
   * All chunks of these documents: what the oracle view appends, and what a reranker over a run reads. Without it
   * there is no oracle view. See {@link storeChunks}.
   */
  readonly chunksOf?: (documentIds: readonly string[]) => Promise<readonly Chunk[]>;
  /** Queries that are run one at a time to see how long one takes; default 20, 0 for none. */
  readonly latencyQueries?: number;
  /** Resamples, permutations and seed. */
  readonly compare?: CompareOptions;
  readonly signal?: AbortSignal;
  /** Called as queries of a stage are done. */
  readonly onProgress?: (stage: string, done: number, total: number) => void;
}

export interface PipelineEvaluation {
  /** In the order of the task. */
  readonly stages: readonly StageEvaluation[];
  readonly queries: number;
}

export interface StageEvaluation {
  readonly name: string;
  readonly kind: 'retriever' | 'run' | 'reranker';
  /** Of a reranker: the stage whose candidates it read. */
  readonly over?: string;
  /** What a user gets: a positive that the retriever missed is missed. The headline. */
  readonly honest: StageView;
  /**
   * The view of sentence-transformers' `CrossEncoderRerankingEvaluator`: positives that the retriever missed are
   * appended to the candidates before reranking. What a reranker could do if its retriever missed nothing.
   */
  readonly oracle?: StageView;
  /** Relevant documents of all queries, and how many of them the reranker was never shown (of a retriever: not found). */
  readonly positives: { readonly total: number; readonly missed: number };
  /** Of a query alone, the retriever's time included; absent for runs, and if nobody measured it. */
  readonly latency?: StageLatency;
  /** All queries together. */
  readonly seconds: number;
}

export interface StageView {
  readonly run: Run;
  /** In the order of the metrics. */
  readonly results: readonly MetricResult[];
  /** 95 % bootstrap intervals of the means, in the order of the metrics. */
  readonly intervals: readonly Interval[];
  /** Gains on the stage before; absent for the first. One per metric. */
  readonly againstPrevious?: readonly StageGain[];
  /** Gains on the first stage; absent for the first. */
  readonly againstFirst?: readonly StageGain[];
  /** Of a reranker: gains on the stage whose candidates it read. What {@link decideReranker} needs. */
  readonly againstSource?: readonly StageGain[];
}

/** A stage (`tuned`) against another one (`base`), by one metric. */
export interface StageGain {
  readonly comparison: Comparison;
  /** Queries that won, the largest gain first. */
  readonly improved: readonly QueryDifference[];
  /** Queries that lost, the largest loss first. */
  readonly worse: readonly QueryDifference[];
}

export interface StageLatency {
  /** How many were measured. */
  readonly queries: number;
  /** Milliseconds. */
  readonly p50: number;
  /** Milliseconds. */
  readonly p95: number;
}
