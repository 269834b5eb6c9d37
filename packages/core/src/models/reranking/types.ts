/** A query and a passage that are read together. */
export type QueryPassage = readonly [query: string, passage: string];

/** How a logit becomes a score: 1 / (1 + e^−x), or as it is. */
export type ScoreActivation = 'sigmoid' | 'identity';

/** What a cross-encoder is besides its weights and its tokenizer. */
export interface CrossEncoderSettings {
  /** Longest pair in tokens, special tokens included; the longer side is cut first. */
  readonly maxSeqLength: number;
  /** Outputs per pair: 1 for reranking, more for classes. */
  readonly labels: number;
  /** Of `predict` and `score`; losses see logits. */
  readonly activation: ScoreActivation;
}

/** Token ids of some pairs: `[CLS] query [SEP] passage [SEP]` in the words of the model's tokenizer. */
export interface TokenizedPairs {
  /** Special tokens included, cut to the model's length. */
  readonly sequences: readonly Int32Array[];
  /** Segment of each token; absent where the model has no segments. */
  readonly segmentIds?: readonly Int32Array[];
}

export interface ScorePairsOptions {
  /** Most tokens in one forward pass; default 4096. */
  readonly batchTokens?: number;
  /** bfloat16: about twice as fast on CPUs that have it; scores are float32 always. Default float32. */
  readonly precision?: 'float32' | 'bfloat16';
  readonly signal?: AbortSignal;
  /** Called as pairs are done. */
  readonly onProgress?: (done: number, total: number) => void;
}
