import { type ReaderName, readerFor } from './formats.ts';
import { makeDocument } from './makeDocument.ts';
import { resolveReadOptions } from './readOptions.ts';
import type { IsolatedReader } from './thread/messages.ts';
import { ReaderThread } from './thread/readerThread.ts';
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

/** Readers of this thread, loaded when the first such file comes. */
const readers: Readonly<Record<Exclude<ReaderName | 'beir', IsolatedReader>, () => Promise<Reader>>> = {
  text: async () => (await import('./readers/text.ts')).textReader,
  markdown: async () => (await import('./readers/markdown.ts')).markdownReader,
  csv: async () => (await import('./readers/csv.ts')).csvReader,
  jsonl: async () => (await import('./readers/jsonLines.ts')).jsonLinesReader,
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
  const thread = new ReaderThread();
  try {
    for await (const found of walk(typeof paths === 'string' ? [paths] : paths, resolved)) {
      resolved.signal?.throwIfAborted();
      if (found.type !== 'file') {
        yield found;
        continue;
      }
      const reader = found.beir ? 'beir' : (readerFor(found.file.path) ?? 'text');
      for await (const raw of readRaw(reader, found.file, resolved, thread)) {
        resolved.signal?.throwIfAborted();
        yield finish(raw, found.file, resolved, givenIds);
      }
    }
  } finally {
    await thread.close();
  }
}

/** What a file holds; if it can't be read, or not to its end, the last thing is the reason. */
async function* readRaw(
  name: ReaderName | 'beir',
  file: SourceFile,
  options: ResolvedReadOptions,
  thread: ReaderThread,
): AsyncGenerator<RawDocument | RowProblem, void, undefined> {
  try {
    if (isIsolated(name)) yield* thread.read(name, file, options);
    else yield* (await readers[name]())(file, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    yield { reason: reasonOf(error) };
  }
}

const isIsolated = (name: ReaderName | 'beir'): name is IsolatedReader => !(name in readers);

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
      if (givenIds.has(document.id))
        return { type: 'unreadable', source, reason: `id "${raw.id}" is taken already` };
      givenIds.add(document.id);
    }
    return { type: 'document', document };
  } catch (error) {
    return { type: 'unreadable', source, reason: reasonOf(error) };
  }
}
