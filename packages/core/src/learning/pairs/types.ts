/** Which part of the data a query belongs to. */
export type Split = 'train' | 'dev' | 'test';

/** One training row of an embedding model: a query, what answers it, what does not. */
export interface TrainingPair {
  readonly query: string;
  readonly positive: string;
  /** Hard negatives; rows of one training set all have the same number of them, or none. */
  readonly negatives?: readonly string[];
  /** Teacher or label scores: of [positive, ...negatives], or of the pair alone. */
  readonly scores?: readonly number[];
  /** The group that all texts of the row belong to (a topic, an intent, a product), for losses on groups of texts. */
  readonly label?: string | number;
  readonly queryId?: string;
  readonly positiveId?: string;
  readonly negativeIds?: readonly string[];
}

/** One training row of a reranker: a query and documents, each with a label; every query has its own number of them. */
export interface LabelledList {
  readonly query: string;
  readonly documents: readonly string[];
  /** One per document, the higher the better: 0 or 1, a grade, or a teacher's score. */
  readonly labels: readonly number[];
  readonly queryId?: string;
  readonly documentIds?: readonly string[];
}

/** A retrieval data set as BEIR lays it out. */
export interface RetrievalData {
  readonly name: string;
  /** By document id. Text is title and text joined by a space, as sentence-transformers and BEIR do. */
  readonly corpus: ReadonlyMap<string, CorpusEntry>;
  /** By query id. */
  readonly queries: ReadonlyMap<string, string>;
  /** Per split: query id → document id → grade (0: judged not relevant). Splits that the folder lacks are absent. */
  readonly judgements: Readonly<Partial<Record<Split, Judgements>>>;
}

export interface CorpusEntry {
  readonly id: string;
  readonly title?: string;
  readonly text: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Query id → document id → grade. */
export type Judgements = ReadonlyMap<string, ReadonlyMap<string, number>>;
