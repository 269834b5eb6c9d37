import type { Tensor } from '@ragwright/torch';
import type { EmbedTextsOptions, EncodeTextsOptions, TextRole } from '../embedding/index.ts';

/** How two lists of token vectors are compared: ColBERT's sum of maxima, or that over the query's tokens. */
export const multiVectorSimilarities = ['maxsim', 'meanmaxsim'] as const;
export type MultiVectorSimilarity = (typeof multiVectorSimilarities)[number];

/** Queries made longer by tokens that find their own meaning (ColBERT, arXiv 2004.12832, section 3.2). */
export interface QueryExpansion {
  /** Tokens of an expanded query, special tokens included; ColBERT's is 32. */
  readonly length: number;
  /** `fixed`: longer queries are cut to it; `min`: they stay as they are. */
  readonly strategy: 'fixed' | 'min';
  /** Whether the added tokens are attended to; false (ColBERT): they attend to the query, and nothing to them. */
  readonly attend: boolean;
  /** Text of the added token; null: the tokenizer's mask token. */
  readonly token: string | null;
}

/** What a multi-vector model is besides its weights and its tokenizer. */
export interface MultiVectorSettings {
  /** Longest query and document in tokens, special tokens included; what is longer is cut. */
  readonly queryLength: number;
  readonly documentLength: number;
  readonly queryExpansion: QueryExpansion | null;
  /** Tokens that get no vector: punctuation, say. */
  readonly skiplist: readonly string[];
  /** Texts of which role they are skipped in; ColBERT's: document. */
  readonly skiplistRoles: readonly TextRole[];
  /** Put before a text, by name: `query` ("[Q] "), `document` ("[D] "), or any other. */
  readonly prompts: Readonly<Record<string, string>>;
  readonly defaultPromptName: string | null;
  readonly similarity: MultiVectorSimilarity;
  /** Lower-case texts before tokenising. */
  readonly lowercase: boolean;
}

/** Token ids of some texts and what they are, in one forward pass. */
export interface MultiVectorInput {
  /** Special tokens, prompt and added tokens included. */
  readonly sequences: readonly Int32Array[];
  /** Of each sequence. */
  readonly roles: readonly TextRole[];
}

/** Vectors of tokens, text after text. */
export interface TokenVectors {
  /** [T, d] */
  readonly vectors: Tensor;
  /** Vectors of each text; their sum is T. */
  readonly lengths: readonly number[];
}

/** One unit vector per token of a text, one after the other: [tokens · dimensions] (knowledge's `MultiVector`). */
export interface MultiVector {
  readonly dimensions: number;
  readonly data: Float32Array;
}

/** Texts without a role are documents. */
export type EncodeMultiVectorOptions = EncodeTextsOptions;

/** What stores and retrievers take (knowledge's `MultiVectorEmbedder`). */
export interface MultiVectorTextEmbedder {
  /** Length of each vector. */
  readonly dimensions: number;
  readonly fingerprint: string;
  embedQueries(texts: readonly string[], options?: EmbedTextsOptions): Promise<MultiVector[]>;
  embedDocuments(texts: readonly string[], options?: EmbedTextsOptions): Promise<MultiVector[]>;
}
