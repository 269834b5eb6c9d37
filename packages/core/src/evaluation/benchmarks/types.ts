import type { BeirDocument } from '../../corpus/beir/index.ts';
import type { Comparison, MetricResult, Qrels, Run } from '../types.ts';

/** A data set to be measured on. */
export interface BenchmarkData {
  readonly name: string;
  /** Which judgements: `test`. */
  readonly split: string;
  /** All documents, read anew at every call, one after the other. */
  documents(): AsyncIterable<BeirDocument>;
  /** Text by query id; those without judgements are passed over. */
  readonly queries: ReadonlyMap<string, string>;
  readonly judgements: Qrels;
}

/** One way of ranking, measured. */
export interface BenchmarkStage {
  /** `bm25`, `dense`, `hybrid`, the name of a run; `reranked`. */
  readonly name: string;
  /** In the order of the metrics. */
  readonly results: readonly MetricResult[];
  readonly run: Run;
  /** Without reading and indexing. */
  readonly seconds: number;
}

/** A data set, measured. */
export interface BenchmarkResult {
  readonly name: string;
  readonly split: string;
  readonly documents: number;
  /** Judged queries. */
  readonly queries: number;
  /** Documents kept per query. */
  readonly k: number;
  /** Whether documents with the query's own id were passed over. */
  readonly excludeSameId: boolean;
  /** The first stage; with a reranker, what it made of it too. */
  readonly stages: readonly [BenchmarkStage, ...BenchmarkStage[]];
  /** Reranked against first stage, by metric; absent without a reranker. */
  readonly comparisons?: readonly Comparison[];
  /** Reading the corpus and indexing it. */
  readonly indexSeconds: number;
  readonly seconds: number;
}
