/** A text as the ids of its tokens. */
export interface Encoding {
  /** With special tokens if asked for. */
  readonly ids: Int32Array;
  /** Segment of each token; only for pairs. */
  readonly segmentIds?: Int32Array;
}

export interface EncodeOptions {
  /** Add the model's special tokens ([CLS], [SEP] …); default true. */
  readonly specialTokens?: boolean;
  /** Longest result, special tokens included; what is longer is cut at the end. */
  readonly maxLength?: number;
}

/** A text's tokens and where they stand: [start, end) in UTF-16 units. */
export interface TokenOffsets {
  readonly ids: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** A model's own tokenizer, from `tokenizer.json`. */
export interface Tokenizer {
  readonly vocabSize: number;
  /** Hash of the vocabulary and the settings. */
  readonly fingerprint: string;
  readonly specialTokens: Readonly<Record<string, number>>;
  encode(text: string, options?: EncodeOptions): Encoding;
  /** A pair, with segments where the model has them; the longer side is cut first. */
  encodePair(first: string, second: string, options?: EncodeOptions): Encoding;
  /** Many texts, in worker threads when there is much. */
  encodeMany(texts: readonly string[], options?: EncodeOptions): Promise<Encoding[]>;
  decode(ids: ArrayLike<number>, options?: { readonly skipSpecialTokens?: boolean }): string;
  /** Tokens without special ones. */
  count(text: string): number;
  close(): Promise<void>;
}
