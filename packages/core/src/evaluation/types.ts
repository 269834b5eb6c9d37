/** Query id → document id → grade; grades above 0 are relevant. */
export type Qrels = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Query id → document id → score, the higher the better. */
export type Run = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** `ndcg@10`, `mrr@10`, `mrr`, `map`, `map@100`, `recall@100`, `precision@5`, `hit@1`. */
export type MetricName = string;

/** A metric over the judged queries of a run. */
export interface MetricResult {
  readonly name: MetricName;
  readonly mean: number;
  /** By query id, every judged query, also those without results (0). */
  readonly perQuery: ReadonlyMap<string, number>;
}

/** Two systems on the same queries. */
export interface Comparison {
  readonly metric: MetricName;
  readonly base: number;
  readonly tuned: number;
  /** tuned − base. */
  readonly difference: number;
  /** 95 % bootstrap interval of the difference. */
  readonly interval: readonly [number, number];
  /** Two-sided paired randomisation test. */
  readonly pValue: number;
  readonly queries: number;
  readonly improved: number;
  readonly worse: number;
  readonly unchanged: number;
  /** 95 % bootstrap intervals of the means. */
  readonly baseInterval: readonly [number, number];
  readonly tunedInterval: readonly [number, number];
}
