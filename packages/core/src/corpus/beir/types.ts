/** A line of `corpus.jsonl`. */
export interface BeirDocument {
  readonly id: string;
  /** Absent if empty. */
  readonly title?: string;
  readonly text: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Query id → document id → grade. */
export type BeirJudgements = ReadonlyMap<string, ReadonlyMap<string, number>>;
