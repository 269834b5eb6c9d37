import type { UnreadableSource } from '../../corpus/documents/types.ts';
import type { Comparison, MetricName } from '../types.ts';

/** Everything a report shows. JSON all through, so that it can be kept beside the page and rendered anew. */
export interface ReportData {
  /** "medquad", "Support handbook": what was tuned on. */
  readonly title: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Version of Ragwright. */
  readonly version: string;
  readonly base: ModelSummary;
  readonly tuned: ModelSummary;
  readonly verdict: Verdict;
  /** Split that the comparisons were made on, normally `test`. */
  readonly split: string;
  /** One per metric; the verdict's metric is among them. */
  readonly comparisons: readonly Comparison[];
  /** The pipeline stage by stage, the first retriever first; absent if only an embedder was tuned. */
  readonly stages?: readonly StageReport[];
  readonly history: RunHistory;
  /** Absent if nobody measured them. */
  readonly scores?: ScoreDistributions;
  readonly queries: QueryChanges;
  readonly data: DataSummary;
  /** The resolved config, without secrets. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly cost: Cost;
}

export interface ModelSummary {
  /** As a person would say it: `sentence-transformers/all-MiniLM-L6-v2`, `medquad-embedder`. */
  readonly name: string;
  /** Where it came from, or where it lies: `hf:…`, `pip:…`, a folder. */
  readonly source: string;
  /** On the Hub, if it is there: `sentence-transformers/all-MiniLM-L6-v2`. For model cards. */
  readonly hubId?: string;
  /** Trained from scratch here, because no real model could be had. Said wherever the model is named. */
  readonly fromScratch?: boolean;
  readonly parameters?: number;
  readonly trainableParameters?: number;
  /** Length of a vector. */
  readonly dimensions?: number;
  /** Longest text, in tokens. */
  readonly maxLength?: number;
  readonly license?: string;
}

/** Which model is handed over, and why. */
export interface Verdict {
  /**
   * `better`: the difference is above 0 and p below alpha. `not shown`: not significant, either way.
   * `worse`: significantly below 0.
   */
  readonly outcome: 'better' | 'not shown' | 'worse';
  /** The tuned one only if it is better. */
  readonly kept: 'tuned' | 'base';
  readonly metric: MetricName;
  /** Level of significance, 0.05. */
  readonly alpha: number;
}

/** One stage of the pipeline, on the queries and by the metric that all stages of a report share. */
export interface StageReport {
  /** "base embedder", "tuned embedder", "+ tuned reranker". */
  readonly name: string;
  readonly metric: MetricName;
  /** What users get: a positive that the retriever missed is missed. */
  readonly mean: number;
  /** 95 % bootstrap interval of the mean. */
  readonly interval: readonly [number, number];
  /** Against the stage before; absent for the first. */
  readonly gain?: Comparison;
  /** The mean if the positives that the retriever missed had been appended to what the reranker reads. */
  readonly oracle?: number;
  /** Relevant documents of all queries, and how many of them were not found, or not shown to the reranker. */
  readonly positives?: { readonly total: number; readonly missed: number };
  /** Milliseconds of a query alone. */
  readonly latency?: { readonly p50: number; readonly p95: number };
  /** Of a reranker: whether it stays in the pipeline, and the sentence that says so. */
  readonly decision?: { readonly kept: boolean; readonly words: string };
}

/** What the events of a run say about its course. */
export interface RunHistory {
  readonly steps: readonly StepPoint[];
  readonly evaluations: readonly EvaluationPoint[];
  readonly stages: readonly StagePoint[];
  readonly notices: readonly { readonly level: 'info' | 'warning'; readonly message: string }[];
  /** Step of the checkpoint that was kept. */
  readonly bestStep?: number;
}

export interface StepPoint {
  readonly step: number;
  readonly loss: number;
  readonly gradNorm: number;
  readonly learningRate: number;
  readonly tokensPerSecond: number;
}

/** Metrics on dev during training; step 0 is the base model. */
export interface EvaluationPoint {
  readonly step: number;
  readonly split: string;
  readonly metrics: Readonly<Record<MetricName, number>>;
}

export interface StagePoint {
  readonly stage: string;
  readonly seconds: number;
  readonly summary?: string;
}

/** Similarities of queries to their relevant and to other passages, all four on the same bins. */
export interface ScoreDistributions {
  readonly base: ScorePair;
  readonly tuned: ScorePair;
  /** What a negative is here: "mined hard negatives", "best passage that isn't relevant". */
  readonly negatives: string;
}

export interface ScorePair {
  readonly positives: Histogram;
  readonly negatives: Histogram;
}

export interface Histogram {
  /** Lower edge of the first bin. */
  readonly from: number;
  /** Upper edge of the last bin. */
  readonly to: number;
  readonly counts: readonly number[];
  readonly mean: number;
}

export interface QueryChanges {
  readonly metric: MetricName;
  /** Largest gain first. */
  readonly improved: readonly QueryChange[];
  /** Largest loss first. */
  readonly damaged: readonly QueryChange[];
}

export interface QueryChange {
  readonly queryId: string;
  readonly query: string;
  readonly base: QueryResult;
  readonly tuned: QueryResult;
}

export interface QueryResult {
  /** The metric of this one query. */
  readonly value: number;
  /** Place of the first relevant passage, from 1; absent if none was found. */
  readonly rank?: number;
  /** The first few found, best first. */
  readonly passages: readonly Passage[];
}

export interface Passage {
  readonly id: string;
  readonly title?: string;
  readonly text: string;
  readonly score: number;
  /** By the judgements. */
  readonly relevant: boolean;
}

export interface DataSummary {
  readonly name: string;
  readonly source?: string;
  readonly license?: string;
  readonly documents: number;
  readonly chunks: number;
  /** Mean. */
  readonly tokensPerChunk?: number;
  /** Where the training pairs come from: "labelled (BEIR)", "headings of the documents". */
  readonly pairsFrom: string;
  readonly trainPairs: number;
  readonly negativesPerPair?: number;
  /** "chunks found by the base model, margin 0.05". */
  readonly negativesFrom?: string;
  readonly splits: readonly SplitSummary[];
  /** What keeps the splits apart: "by document", "as given". */
  readonly splitBy?: string;
  readonly nearDuplicatesRemoved?: number;
  readonly unreadable: readonly UnreadableSource[];
}

export interface SplitSummary {
  readonly name: string;
  readonly queries: number;
  /** Pairs of query and relevant passage. */
  readonly judgements: number;
}

export interface Cost {
  /** Of the whole run. */
  readonly seconds: number;
  readonly trainingSeconds: number;
  /** Real tokens that were trained on. */
  readonly tokens: number;
  readonly tokensPerSecond: number;
  /** Bytes, of the whole process. */
  readonly peakMemory: number;
  /** "2 CPU threads", "NVIDIA H200". */
  readonly device: string;
  readonly precision: string;
  /** "libtorch 2.13.0". */
  readonly library: string;
}
