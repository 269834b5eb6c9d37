import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import {
  type AsyncBuffer,
  asyncBufferFromFile,
  type Compressors,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';
import type { RawDocument, ResolvedReadOptions, RowProblem, SourceFile } from '../types.ts';
import { UnreadableError } from '../unreadable.ts';
import { checkColumns, plannedNames, planRows, type Row, rowToDocument } from './rows.ts';

/** Largest page after decompression. */
const MAX_PAGE_BYTES = 1 << 30;

const within = (length: number): { maxOutputLength: number } => {
  if (length > MAX_PAGE_BYTES) throw new UnreadableError(`a page of ${length} bytes`);
  return { maxOutputLength: Math.max(1, length) };
};

/** Beside the library's own snappy, what Node has. */
const compressors: Compressors = {
  GZIP: (bytes, length) => gunzipSync(bytes, within(length)),
  BROTLI: (bytes, length) => brotliDecompressSync(bytes, within(length)),
};

/** A parquet table, one row group at a time; only the columns that are needed are read. */
export async function* parquetReader(
  file: SourceFile,
  options: ResolvedReadOptions,
): AsyncGenerator<RawDocument | RowProblem> {
  const buffer: AsyncBuffer = await asyncBufferFromFile(file.path);
  const metadata = await parquetMetadataAsync(buffer);
  const schema = parquetSchema(metadata);
  const names = schema.children.map((child) => child.element.name);
  const plan = planRows(options.columns, names);
  checkColumns(plan, dottedNames(schema));
  const columnOf = (name: string): string => (names.includes(name) ? name : (name.split('.')[0] as string));
  const columns = plan.metadata === undefined ? names : [...new Set(plannedNames(plan).map(columnOf))];
  const total = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  if (total !== Number(metadata.num_rows)) throw damaged(Number(metadata.num_rows), total);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const rows = await parquetReadObjects({ file: buffer, metadata, columns, rowStart, rowEnd, compressors });
    if (rows.length !== rowEnd - rowStart) throw damaged(rowEnd - rowStart, rows.length);
    for (const [i, row] of rows.entries()) yield rowToDocument(row as Row, plan, rowStart + i + 1);
    rowStart = rowEnd;
  }
}

/** Of columns and of what is nested in them, `author.name`. */
const dottedNames = (schema: SchemaTree): string[] =>
  schema.children.flatMap((child) => [child.path.join('.'), ...dottedNames(child)]);

const damaged = (expected: number, got: number): UnreadableError =>
  new UnreadableError(`a damaged parquet file: ${expected} rows expected, ${got} found`);
