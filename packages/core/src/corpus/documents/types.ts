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

/** A file that was passed over on purpose: unknown extension, excluded, a symbolic link. */
export interface SkippedSource {
  readonly source: string;
  readonly reason: string;
}

/** What reading yields, one at a time. Files passed over are told only if asked for. */
export type ReadResult =
  | { readonly type: 'document'; readonly document: Document }
  | ({ readonly type: 'unreadable' } & UnreadableSource)
  | ({ readonly type: 'skipped' } & SkippedSource);

/**
 * Which columns (CSV, parquet) or keys (JSON lines) hold what. Columns are found by name, never by position.
 * A key of a nested object is written with dots: `meta.author`.
 */
export interface ColumnNames {
  /** One, or several that are joined by an empty line. Default `text`, or `content` if there is no `text`. */
  readonly text?: string | readonly string[];
  /** Default `title` if there is one. */
  readonly title?: string;
  /**
   * Unique in the corpus. Default: `_id` if there is one; else ids are made from the source and `id` if there is one, else
   * from the source and the line.
   */
  readonly id?: string;
  /** ISO 8601, or a date column. Default: when the file was changed. */
  readonly timestamp?: string;
  readonly domain?: string;
  /** A list, or a text with commas. */
  readonly boostTags?: string;
  /** Those kept as metadata. Default: all others. */
  readonly metadata?: readonly string[];
}

/** A file to read, as found by the walk. */
export interface SourceFile {
  /** Where it lies on this machine. */
  readonly path: string;
  /** How documents name it: see {@link Document.source}. */
  readonly source: string;
  /** Bytes. */
  readonly size: number;
  /** When it was changed, ISO 8601. */
  readonly timestamp: string;
}

/** What a reader found, before it becomes a {@link Document}. */
export interface RawDocument {
  readonly text: string;
  readonly format: DocumentFormat;
  readonly id?: string | undefined;
  /** The id is unique within the file only. */
  readonly isIdScoped?: boolean;
  readonly title?: string | undefined;
  readonly language?: string | undefined;
  readonly timestamp?: string | undefined;
  readonly domain?: string | undefined;
  readonly boostTags?: readonly string[] | undefined;
  readonly metadata?: Metadata | undefined;
  /** Line or row within the file, from 1; absent if the file is one document. */
  readonly row?: number;
}

/** A row that could not be read. */
export interface RowProblem {
  readonly row?: number;
  readonly reason: string;
}

/** Reads one file. What it throws becomes the reason why the file is unreadable; what it yielded before stays. */
export type Reader = (
  file: SourceFile,
  options: ResolvedReadOptions,
) => AsyncIterable<RawDocument | RowProblem>;

export interface ReadOptions {
  /** Globs on the source (`**`, `*`, `?`, `{a,b}`): only files that match one of them. Default: all. */
  readonly include?: readonly string[];
  /** Globs: files and folders to pass over. Beside them hidden files and folders and `node_modules` always are. */
  readonly exclude?: readonly string[];
  readonly columns?: ColumnNames;
  /** Between the fields of a CSV file; default `,`, and a tab in `.tsv` files. */
  readonly delimiter?: string;
  /** Subject area of documents that do not tell theirs. */
  readonly domain?: string;
  /** Take the name of the topmost folder as domain, if the document does not tell its own. Default false. */
  readonly domainFromFolder?: boolean;
  /** For every document, beside its own. */
  readonly boostTags?: readonly string[];
  /** Encoding of files that are not UTF-8 or UTF-16 with a mark, as `TextDecoder` names it. Default: they are unreadable. */
  readonly fallbackEncoding?: string;
  /** Largest file that is read as a whole (all but CSV, JSON lines and parquet), bytes. Default 64 MiB. */
  readonly maxFileBytes?: number;
  /** Longest row of a CSV or JSON lines file, bytes. Default 16 MiB. */
  readonly maxRowBytes?: number;
  /** How long one HTML, PDF or DOCX file may take, milliseconds. Default 30,000. */
  readonly timeout?: number;
  /** Follow symbolic links inside folders; each folder and file is read once. Default false. */
  readonly followLinks?: boolean;
  /** Also yield what is passed over, with the reason. Default false. */
  readonly reportSkipped?: boolean;
  readonly signal?: AbortSignal;
}

/** {@link ReadOptions} with defaults filled in. */
export type ResolvedReadOptions = ReadOptions &
  Required<
    Pick<
      ReadOptions,
      | 'include'
      | 'exclude'
      | 'columns'
      | 'domainFromFolder'
      | 'boostTags'
      | 'maxFileBytes'
      | 'maxRowBytes'
      | 'timeout'
      | 'followLinks'
      | 'reportSkipped'
    >
  >;
