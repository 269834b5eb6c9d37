/** How the hidden states of a text's tokens become one vector; sentence-transformers' names. */
export const poolingModes = [
  'cls',
  'max',
  'mean',
  'mean_sqrt_len_tokens',
  'weightedmean',
  'lasttoken',
] as const;
export type PoolingMode = (typeof poolingModes)[number];

export interface PoolingSettings {
  /** More than one: the vectors are put behind each other, in this order. */
  readonly modes: readonly PoolingMode[];
  /** Whether the prompt's tokens count; default true. */
  readonly includePrompt: boolean;
}

export const similarities = ['cosine', 'dot', 'euclidean', 'manhattan'] as const;
/** How two embeddings are compared; sentence-transformers' `similarity_fn_name`. */
export type Similarity = (typeof similarities)[number];

/** What an embedding model is besides its weights and its tokenizer. */
export interface EmbeddingSettings {
  readonly pooling: PoolingSettings;
  /** Longest text in tokens, special tokens included; what is longer is cut. */
  readonly maxSeqLength: number;
  /** Put before a text, by name: `query`, `document`, or any other. */
  readonly prompts: Readonly<Record<string, string>>;
  /** Prompt of texts for which no other is asked for. */
  readonly defaultPromptName: string | null;
  readonly similarity: Similarity;
  /** Only so many leading numbers of each vector are given out by `encode` (Matryoshka); null: all. */
  readonly truncateDimensions: number | null;
  /** Lower-case texts before tokenising (`do_lower_case` of sentence_bert_config.json). */
  readonly lowercase: boolean;
}

export type TextRole = 'query' | 'document';

/** Which prompt goes before the texts: by role, by name, or as it is given; without any, the default prompt. */
export interface PromptChoice {
  /** query: the prompt `query`; document: `document`, `passage` or `corpus`; the default prompt if there is none. */
  readonly role?: TextRole;
  readonly promptName?: string;
  readonly prompt?: string;
}

/** Token ids of some texts. */
export interface TokenizedTexts {
  /** Prompt and special tokens included, cut to the model's length. */
  readonly sequences: readonly Int32Array[];
  /** Leading tokens of each sequence that pooling leaves out; 0 if the prompt counts. */
  readonly promptTokens: number;
}

export interface EncodeTextsOptions extends PromptChoice {
  /** Most tokens in one forward pass; default 4096. */
  readonly batchTokens?: number;
  /** bfloat16: about twice as fast on CPUs that have it; the vectors are float32 always. Default float32. */
  readonly precision?: 'float32' | 'bfloat16';
  readonly signal?: AbortSignal;
  /** Called as texts are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What stores and retrievers take (knowledge's `Embedder`). */
export interface TextEmbedder {
  /** Length of a vector. */
  readonly dimensions: number;
  readonly fingerprint: string;
  embedQueries(texts: readonly string[], options?: EmbedTextsOptions): Promise<Float32Array[]>;
  embedDocuments(texts: readonly string[], options?: EmbedTextsOptions): Promise<Float32Array[]>;
}

export type EmbedTextsOptions = Pick<EncodeTextsOptions, 'signal' | 'onProgress'>;
