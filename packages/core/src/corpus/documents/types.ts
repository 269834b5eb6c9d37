/** What metadata may hold: flat, so that every store can filter by it. */
export type MetadataValue = string | number | boolean | readonly string[];
export type Metadata = Readonly<Record<string, MetadataValue>>;

/** How the text of a document is written; splitters follow it. */
export type DocumentFormat = 'text' | 'markdown' | 'code';

/** One thing that was read: a file, a row of a table, an entry of a BEIR corpus. */
export interface Document {
  /** Given by the source (BEIR's `_id`), or made from `source`; unique in a corpus. */
  readonly id: string;
  /** Non-empty. HTML, PDF and DOCX come as Markdown or plain text. */
  readonly text: string;
  readonly title?: string;
  /** Path relative to the folder that was walked, with `/`; rows add `#line`. */
  readonly source: string;
  readonly format: DocumentFormat;
  /** Of a code document: `typescript`, `python` … */
  readonly language?: string;
  /** When the source was last changed, ISO 8601. */
  readonly timestamp?: string;
  /** Subject area, for filters and for splits. */
  readonly domain?: string;
  /** Tags that raise a chunk's score at retrieval if the caller asks for them. */
  readonly boostTags?: readonly string[];
  /** SHA-256 in hex of title, text and metadata. */
  readonly contentHash: string;
  readonly metadata: Metadata;
}

/** A file or row that could not be read; the rest goes on. */
export interface UnreadableSource {
  readonly source: string;
  readonly reason: string;
}
