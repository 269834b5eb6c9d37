import { DataError } from '../../base/errors.ts';
import { readJsonLines } from '../../base/jsonLines.ts';
import { Entry } from './entry.ts';
import type { BeirDocument } from './types.ts';

/**
 * Reads `corpus.jsonl` (_id, title, text, metadata) as a stream: of the documents before, only the ids are held.
 *
 * @throws DataError naming file, line and field; for a file without any document, too
 */
export async function* readBeirCorpus(file: string): AsyncGenerator<BeirDocument, void, undefined> {
  const ids = new Set<string>();
  for await (const row of readJsonLines(file)) {
    const entry = new Entry(file, row);
    const title = entry.text('title', '');
    const metadata = entry.metadata();
    const text = entry.text('text', undefined);
    const id = entry.id(ids);
    ids.add(id);
    yield { id, ...(title === '' ? {} : { title }), text, ...(metadata ? { metadata } : {}) };
  }
  if (ids.size === 0) throw new DataError({ file, expected: 'at least one document', got: 'none' });
}

/** What of a document is embedded: title and text, joined by a space (sentence-transformers and BEIR do so). */
export const corpusText = ({ title, text }: BeirDocument): string =>
  title === undefined ? text : `${title} ${text}`.trim();
