import type { EmbedTextsOptions, EncodeTextsOptions } from '../embedding/index.ts';

/** How the weights of a text's tokens become one: the largest (SPLADE-max, arXiv 2109.10086), or their sum (2107.05720). */
export const spladePoolings = ['max', 'sum'] as const;
export type SpladePooling = (typeof spladePoolings)[number];

/** Of logits: `relu`: log(1 + relu x); `log1p_relu`: log(1 + log(1 + relu x)) (arXiv 2504.14839). */
export const spladeActivations = ['relu', 'log1p_relu'] as const;
export type SpladeActivation = (typeof spladeActivations)[number];

/** What a sparse embedding model is besides its weights and its tokenizer. */
export interface SparseSettings {
  readonly pooling: SpladePooling;
  readonly activation: SpladeActivation;
  /** Longest text in tokens, special tokens included; what is longer is cut. */
  readonly maxSeqLength: number;
  /** Put before a text, by name: `query`, `document`, or any other. */
  readonly prompts: Readonly<Record<string, string>>;
  /** Prompt of texts for which no other is asked for. */
  readonly defaultPromptName: string | null;
  /** Lower-case texts before tokenising (`do_lower_case` of sentence_bert_config.json). */
  readonly lowercase: boolean;
}

/** A vector over the vocabulary in which nearly everything is 0 (knowledge's `SparseVector`). */
export interface SparseVector {
  /** Places of the weights that are not 0, ascending. */
  readonly indices: Int32Array;
  /** As many weights, all above 0. */
  readonly values: Float32Array;
}

export interface EncodeSparseOptions extends EncodeTextsOptions {
  /** Only so many of the largest weights of each text; of equal ones those with the lower index. Default all. */
  readonly maxActiveDims?: number;
}

/** What stores and retrievers take (knowledge's `SparseEmbedder`). */
export interface SparseTextEmbedder {
  /** Length of a vector: the size of the vocabulary. */
  readonly vocabSize: number;
  readonly fingerprint: string;
  embedQueries(texts: readonly string[], options?: EmbedTextsOptions): Promise<SparseVector[]>;
  embedDocuments(texts: readonly string[], options?: EmbedTextsOptions): Promise<SparseVector[]>;
}

/** For an embedder: how many weights a query and a document may have. */
export interface SparseEmbedderOptions extends Pick<EncodeTextsOptions, 'precision' | 'batchTokens'> {
  readonly maxActiveDims?: { readonly query?: number; readonly document?: number };
}
