/** A text as the ids of its tokens. */
export interface Encoding {
  /** With special tokens if asked for. */
  readonly ids: Int32Array;
  /** Segment of each token; only for pairs, and only where the model has segments. */
  readonly segmentIds?: Int32Array;
}

export interface EncodeOptions {
  /** Add the model's special tokens ([CLS], [SEP] …); default true. */
  readonly specialTokens?: boolean;
  /** Longest result, special tokens included; what is longer is cut at the end, the closing special tokens stay. */
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
  /** Ids of the special tokens by their text: `[CLS]`, `</s>` … */
  readonly specialTokens: Readonly<Record<string, number>>;
  /** What the tokenizer itself says of the longest text (`model_max_length`), if it is a sensible number. */
  readonly modelMaxLength?: number;
  /** Whether texts are lower-cased first, besides what tokenizer.json does (`do_lower_case`). */
  readonly lowercase?: boolean;
  encode(text: string, options?: EncodeOptions): Encoding;
  /** A pair, with segments where the model has them; the longer side is cut first. */
  encodePair(first: string, second: string, options?: EncodeOptions): Encoding;
  /** Many texts, in worker threads when there is much. */
  encodeMany(texts: readonly string[], options?: EncodeOptions): Promise<Encoding[]>;
  /** Tokens without special ones, each with the part of the text that it stands for. */
  encodeWithOffsets(text: string): TokenOffsets;
  /** Ids that the vocabulary lacks are passed over. `skipSpecialTokens`: default true. */
  decode(ids: ArrayLike<number>, options?: { readonly skipSpecialTokens?: boolean }): string;
  /** Tokens without special ones. */
  count(text: string): number;
  /** Ends the worker threads, if there are any. */
  close(): Promise<void>;
}
