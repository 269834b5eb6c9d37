import type { Metadata } from '../documents/types.ts';

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
