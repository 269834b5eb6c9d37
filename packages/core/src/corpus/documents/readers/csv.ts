import { extname } from 'node:path';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { decodeFile } from '../decode.ts';
import type { RawDocument, ResolvedReadOptions, RowProblem, SourceFile } from '../types.ts';
import { reasonOf, UnreadableError } from '../unreadable.ts';
import { checkColumns, planRows, type RowPlan, rowToDocument } from './rows.ts';

interface CsvRecord {
  readonly record: readonly string[];
  /** How many lines were read when the record ended, and how many of them were empty ones between records. */
  readonly info: { readonly lines: number; readonly empty_lines: number };
}

/** A table with a header line (RFC 4180; stray quotes are taken as they stand). */
export async function* csvReader(
  file: SourceFile,
  options: ResolvedReadOptions,
): AsyncGenerator<RawDocument | RowProblem> {
  let names: readonly string[] | undefined;
  let plan: RowPlan | undefined;
  for await (const { record, line } of readRecords(file, options)) {
    if (names === undefined || plan === undefined) {
      names = record.map((name) => name.trim());
      plan = planRows(options.columns, names);
      checkHeader(names, plan);
    } else if (record.length !== names.length) {
      yield { row: line, reason: `${record.length} fields, but the header has ${names.length}` };
    } else {
      const row = Object.fromEntries(names.map((name, i) => [name, record[i]]));
      yield rowToDocument(row, plan, line);
    }
  }
  if (names === undefined) throw new UnreadableError('empty');
}

async function* readRecords(
  file: SourceFile,
  options: ResolvedReadOptions,
): AsyncGenerator<{ readonly record: readonly string[]; readonly line: number }> {
  const delimiter = options.delimiter ?? (extname(file.path).toLowerCase() === '.tsv' ? '\t' : ',');
  const parser = parse({
    delimiter,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    // A quote that is never closed would gather the rest of the file.
    max_record_size: options.maxRowBytes,
  });
  const text = Readable.from(decodeFile(file.path, options.fallbackEncoding));
  // The parser's iterator ends with the error either way.
  text.on('error', (error) => parser.destroy(error));
  text.pipe(parser);
  let line = 1;
  let empty = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<CsvRecord>) {
      line += info.empty_lines - empty;
      empty = info.empty_lines;
      yield { record, line };
      line = info.lines + 1;
    }
  } catch (error) {
    if (error instanceof UnreadableError) throw error;
    throw new UnreadableError(`from line ${line} on: ${reasonOf(error)}`, { cause: error });
  } finally {
    text.destroy();
    parser.destroy();
  }
}

function checkHeader(names: readonly string[], plan: RowPlan): void {
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (twice.length > 0) throw new UnreadableError(`two columns are named ${JSON.stringify(twice[0])}`);
  checkColumns(plan, names);
}
