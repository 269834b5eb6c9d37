import { type ReaderName, readerFor } from './formats.ts';
import { makeDocument } from './makeDocument.ts';
import { resolveReadOptions } from './readOptions.ts';
import type {
  RawDocument,
  Reader,
  ReadOptions,
  ReadResult,
  ResolvedReadOptions,
  RowProblem,
  SourceFile,
} from './types.ts';
import { reasonOf } from './unreadable.ts';
import { walk } from './walk.ts';

/** Loaded when the first such file comes: the libraries behind them take a second to start. */
const readers: Readonly<Record<ReaderName | 'beir', () => Promise<Reader>>> = {
  text: async () => (await import('./readers/text.ts')).textReader,
  markdown: async () => (await import('./readers/markdown.ts')).markdownReader,
  html: async () => (await import('./readers/html.ts')).htmlReader,
  pdf: async () => (await import('./readers/pdf.ts')).pdfReader,
  docx: async () => (await import('./readers/docx.ts')).docxReader,
  csv: async () => (await import('./readers/csv.ts')).csvReader,
  jsonl: async () => (await import('./readers/jsonLines.ts')).jsonLinesReader,
  parquet: async () => (await import('./readers/parquet.ts')).parquetReader,
  code: async () => (await import('./readers/code.ts')).codeReader,
  beir: async () => (await import('./readers/beir.ts')).beirReader,
};

/**
 * Reads files and folders, one document at a time: text, Markdown, HTML, PDF, DOCX, CSV, JSON lines, parquet, BEIR
 * folders and source code, each by its extension. Tables are read row by row, so no corpus is too large. What can't
 * be read (a file, a row) is yielded with its reason, and the rest goes on.
 *
 * @throws ConfigError for wrong options; the signal's reason if it is aborted
 * @example
 * for await (const result of readDocuments('docs')) {
 *   if (result.type === 'document') console.log(result.document.title);
 *   if (result.type === 'unreadable') console.warn(`${result.source}: ${result.reason}`);
 * }
 */
export async function* readDocuments(
  paths: string | readonly string[],
  options: ReadOptions = {},
): AsyncGenerator<ReadResult, void, undefined> {
  const resolved = resolveReadOptions(options);
  const givenIds = new Set<string>();
  for await (const found of walk(typeof paths === 'string' ? [paths] : paths, resolved)) {
    resolved.signal?.throwIfAborted();
    if (found.type !== 'file') yield found;
    else yield* readFile(found.file, found.beir ? 'beir' : readerFor(found.file.path), resolved, givenIds);
  }
}

async function* readFile(
  file: SourceFile,
  name: ReaderName | 'beir' = 'text',
  options: ResolvedReadOptions,
  givenIds: Set<string>,
): AsyncGenerator<ReadResult, void, undefined> {
  const reader = await readers[name]();
  const raws = reader(file, options)[Symbol.asyncIterator]();
  try {
    for (;;) {
      // Only what the reader throws is the file's fault, so nothing else stands in this try.
      let next: IteratorResult<RawDocument | RowProblem>;
      try {
        next = await raws.next();
      } catch (error) {
        options.signal?.throwIfAborted();
        yield { type: 'unreadable', source: file.source, reason: reasonOf(error) };
        return;
      }
      options.signal?.throwIfAborted();
      if (next.done) return;
      yield finish(next.value, file, options, givenIds);
    }
  } finally {
    await raws.return?.();
  }
}

function finish(
  raw: RawDocument | RowProblem,
  file: SourceFile,
  options: ResolvedReadOptions,
  givenIds: Set<string>,
): ReadResult {
  const source = raw.row === undefined ? file.source : `${file.source}#${raw.row}`;
  if ('reason' in raw) return { type: 'unreadable', source, reason: raw.reason };
  try {
    const document = makeDocument(raw, file, options);
    if (raw.id !== undefined) {
      if (givenIds.has(raw.id))
        return { type: 'unreadable', source, reason: `id "${raw.id}" is taken already` };
      givenIds.add(raw.id);
    }
    return { type: 'document', document };
  } catch (error) {
    return { type: 'unreadable', source, reason: reasonOf(error) };
  }
}
