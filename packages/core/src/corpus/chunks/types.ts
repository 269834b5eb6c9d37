import type { TokenOffsets } from '../../text/types.ts';
import type { Document, Metadata } from '../documents/types.ts';

/** A piece of a document, small enough to embed, that knows its place. */
export interface Chunk {
  /** Stable: from document id, content hash of the chunk and its number among equal ones. */
  readonly id: string;
  readonly documentId: string;
  /** Number of the chunk within its document, from 0. */
  readonly index: number;
  /** `document.text.slice(start, end)`, trimmed. */
  readonly text: string;
  /** Offsets into the document's text, UTF-16 units, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** Headings above the chunk, outermost first. */
  readonly headingPath: readonly string[];
  /** The document's. */
  readonly title?: string;
  readonly source: string;
  readonly timestamp?: string;
  readonly domain?: string;
  readonly boostTags?: readonly string[];
  readonly metadata: Metadata;
}

/** Counts tokens of a text; a real tokenizer, or an estimate. */
export interface TokenCounter {
  count(text: string): number;
}

/**
 * Sizes of all splitters, in tokens of the counter they are given, or in characters (UTF-16 units). A model's special tokens
 * are not counted: for a BERT that takes 256 tokens ask for 254.
 */
export interface SplitterSizes {
  /** No chunk is larger; at least 8. */
  readonly size: number;
  /** How much of a chunk the next one repeats at most; at most half of `size`. Default 0. */
  readonly overlap?: number;
  /** Default `tokens`. */
  readonly unit?: 'tokens' | 'characters';
}

/** Breaks at paragraphs, else lines, else sentences, else words, else characters. */
export interface RecursiveSplitterConfig extends SplitterSizes {
  readonly kind: 'recursive';
  /** Strings to break after, strongest first, instead of the above; words and characters come last by themselves. */
  readonly separators?: readonly string[];
}

/** Whole sentences (Unicode's rules), as many as fit; overlaps by whole sentences. */
export interface SentenceSplitterConfig extends SplitterSizes {
  readonly kind: 'sentence';
  /** Language of the rules, as `Intl.Segmenter` takes it. Default `en`. */
  readonly locale?: string;
}

/** Windows of exactly so many of the model's tokens; needs an {@link OffsetTokenizer}. */
export interface TokenSplitterConfig {
  readonly kind: 'token';
  readonly size: number;
  readonly overlap?: number;
}

/** The largest sections that fit; where one doesn't, its blocks. Fences and tables stay whole where they fit. */
export interface MarkdownSplitterConfig extends SplitterSizes {
  readonly kind: 'markdown';
}

/** Between top-level declarations, else inner ones, else empty lines, else lines. */
export interface CodeSplitterConfig extends SplitterSizes {
  readonly kind: 'code';
  /** Default: the document's. */
  readonly language?: string;
}

/** Where neighbouring sentence windows differ most in meaning; needs an {@link EmbedTexts}. */
export interface SemanticSplitterConfig extends SplitterSizes {
  readonly kind: 'semantic';
  /** Breaks are the cosine distances above this percentile of the document's. Default 95 (Kamradt). */
  readonly percentile?: number;
  /** Sentences on either side that are embedded with each sentence. Default 1. */
  readonly window?: number;
  readonly locale?: string;
}

/** By the document's format: `markdown`, `code`, else `recursive`. */
export interface AutoSplitterConfig extends SplitterSizes {
  readonly kind: 'auto';
}

export type SplitterConfig =
  | RecursiveSplitterConfig
  | SentenceSplitterConfig
  | TokenSplitterConfig
  | MarkdownSplitterConfig
  | CodeSplitterConfig
  | SemanticSplitterConfig
  | AutoSplitterConfig;

/** A tokenizer that knows where its tokens stand. Offsets do not decrease; special tokens are left out. */
export interface OffsetTokenizer extends TokenCounter {
  /** Changes whenever the tokens would. */
  readonly fingerprint: string;
  encodeWithOffsets(text: string): TokenOffsets;
}

/** Vectors of texts, in their order; any length, need not be normalised. */
export type EmbedTexts = (texts: readonly string[]) => Promise<readonly Float32Array[]>;

export interface SplitterDependencies {
  /** Counts tokens where `unit` is `tokens`. An {@link OffsetTokenizer} is fastest. Default: the tokenizer, else an estimate. */
  readonly counter?: TokenCounter | OffsetTokenizer;
  /** For `token`. */
  readonly tokenizer?: OffsetTokenizer;
  /** For `semantic`. */
  readonly embed?: EmbedTexts;
  /** What tells one embed function from another, in the splitter's fingerprint. Default `custom`. */
  readonly embedFingerprint?: string;
}

/** A place in a text, [start, end) in UTF-16 units, without white space at its ends. */
export interface Span {
  readonly start: number;
  readonly end: number;
  /** Headings above; absent where the format has none. */
  readonly headingPath?: readonly string[];
}

export interface Splitter {
  /** Changes whenever the chunks would: a hash of config, counter and tokenizer. */
  readonly fingerprint: string;
  split(document: Document): readonly Span[] | Promise<readonly Span[]>;
}
