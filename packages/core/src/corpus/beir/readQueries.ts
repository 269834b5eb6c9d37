import { readJsonLines } from '../../base/jsonLines.ts';
import { Entry } from './entry.ts';

/**
 * Reads `queries.jsonl` (_id, text).
 *
 * @returns text by query id
 * @throws DataError naming file, line and field
 */
export async function readBeirQueries(file: string): Promise<Map<string, string>> {
  const queries = new Map<string, string>();
  for await (const row of readJsonLines(file)) {
    const entry = new Entry(file, row);
    const text = entry.text('text', undefined);
    if (text.trim() === '') throw entry.wrong('text', 'a query with text', JSON.stringify(text));
    queries.set(entry.id(queries), text);
  }
  return queries;
}
