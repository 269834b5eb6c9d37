import type { Document, UnreadableSource } from '../../../corpus/index.ts';
import type { Comparison, Qrels, RerankerVerdict } from '../../../evaluation/index.ts';
import type { Verdict } from '../../../evaluation/report/index.ts';
import type { EmbeddingModel } from '../../../models/embedding/index.ts';
import type { Split, TrainingPair } from '../../pairs/index.ts';

/** What `tune` hands back. */
export interface TuneOutcome {
  readonly finished: 'done' | 'interrupted';
  /** Absent if it was interrupted. */
  readonly verdict?: Verdict;
  readonly comparisons: readonly Comparison[];
  /** Of the second stage, if there is one. */
  readonly reranker?: RerankerOutcome;
  /** Folder of the model that is kept: the tuned one if it is better, else the base. */
  readonly model?: string;
  /** The page. */
  readonly report?: string;
  /** No real model could be had: base and tuned model are small ones trained from scratch. */
  readonly fromScratch: boolean;
}

/** What became of the reranker. */
export interface RerankerOutcome {
  readonly verdict: RerankerVerdict;
  /** Its part in the score beside the retriever's. */
  readonly weight: number;
  /** Where it lies; absent if it was not shown to help and is left out. */
  readonly folder?: string;
  /** The pipeline, stage by stage, on test. */
  readonly stages: readonly { readonly name: string; readonly metrics: Readonly<Record<string, number>> }[];
}

/** The documents, and what is known about which of them answers which query. */
export interface TuneData {
  readonly name: string;
  readonly documents: readonly Document[];
  readonly unreadable: readonly UnreadableSource[];
  /** Text by query id. */
  readonly queries: ReadonlyMap<string, string>;
  /** By query id and document id; train, dev and test. */
  readonly judgements: Readonly<Record<Split, Qrels>>;
  /** Rows that come with their positive (made from documents); absent: the positive is a chunk of the document. */
  readonly madePairs?: readonly TrainingPair[];
  /** For the report: "labelled (BEIR)", "made from the documents". */
  readonly pairsFrom: string;
  readonly splitBy: string;
}

/** The model that is tuned, and where it came from. */
export interface BaseModel {
  readonly model: EmbeddingModel;
  readonly name: string;
  readonly source: string;
  /** Where its weights lie: `model` itself is tuned in place. */
  readonly folder: string;
  readonly fromScratch: boolean;
}
