import type { RawDocument, ResolvedReadOptions, RowProblem, SourceFile } from '../types.ts';
import { reasonOf } from '../unreadable.ts';
import { readLines } from './lines.ts';
import { missingReason, planRows, type Row, rowToDocument, valueAt } from './rows.ts';

/** A JSON object per line; empty lines are passed over. A bad line is told, and the next one read. */
export async function* jsonLinesReader(
  file: SourceFile,
  options: ResolvedReadOptions,
): AsyncGenerator<RawDocument | RowProblem> {
  const { columns } = options;
  const unseen = new Set([
    columns.title,
    columns.timestamp,
    columns.domain,
    columns.boostTags,
    ...(columns.metadata ?? []),
  ]);
  unseen.delete(undefined);
  let names: string[] = [];
  for await (const parsed of readObjects(file, options)) {
    if ('reason' in parsed) {
      yield parsed;
      continue;
    }
    names = Object.keys(parsed.value);
    for (const name of unseen) if (valueAt(parsed.value, name as string) !== undefined) unseen.delete(name);
    yield rowToDocument(parsed.value, planRows(columns, names), parsed.row);
  }
  // Rows may lack a key; a key that no row has is misspelt.
  if (names.length > 0 && unseen.size > 0)
    yield { reason: missingReason('row with', [...unseen] as string[], names) };
}

/** Objects of a JSON lines file with their lines. */
export async function* readObjects(
  file: SourceFile,
  options: ResolvedReadOptions,
): AsyncGenerator<
  { readonly row: number; readonly value: Row } | { readonly row: number; readonly reason: string }
> {
  for await (const { line, text, reason } of readLines(file.path, options.maxRowBytes)) {
    if (text === undefined) yield { row: line, reason: reason ?? '' };
    else if (text.trim() !== '') yield { row: line, ...parseRow(text) };
  }
}

function parseRow(text: string): { readonly value: Row } | { readonly reason: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { value: value as Row };
    return { reason: `expected a JSON object, got ${text.slice(0, 60)}` };
  } catch (error) {
    return { reason: `no JSON: ${reasonOf(error)}` };
  }
}
