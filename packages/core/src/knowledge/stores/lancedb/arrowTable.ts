import {
  type DataType,
  Field,
  Float64,
  List,
  Schema,
  Table,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';
import type { Chunk } from '../../../corpus/chunks/types.ts';
import { timestampMs } from '../../filters/index.ts';
import { searchableText } from '../../terms/index.ts';
import type { EmbeddedChunk } from '../../types.ts';
import { storableText } from '../checks.ts';
import { type MetadataType, metadataColumn, metadataTypeOf, metadataTypeOfColumn } from './columns.ts';
import { type VectorColumns, vectorValues } from './vectorColumns.ts';

const listOfTexts = (): DataType => new List(new Field('item', new Utf8(), true));
const typeOf: Readonly<Record<MetadataType, () => DataType>> = {
  text: () => new Utf8(),
  number: () => new Float64(),
  // 1 or 0: of a column of Bool without any value Arrow writes a buffer too short for LanceDB.
  boolean: () => new Float64(),
  list: listOfTexts,
};

/** Columns that the metadata of these chunks needs. */
export function metadataColumns(chunks: readonly EmbeddedChunk[]): string[] {
  const columns = new Set<string>();
  for (const { chunk } of chunks) {
    for (const [key, value] of Object.entries(chunk.metadata)) {
      columns.add(metadataColumn(metadataTypeOf(value), key));
    }
  }
  return [...columns].sort();
}

type Column = readonly [name: string, type: DataType, read: (chunk: Chunk) => unknown];

/** The chunk as JSON, whole, stands beside columns to filter by, its terms for BM25 and its vectors. */
const columns = (analyze: (text: string) => string[]): readonly Column[] => [
  ['id', new Utf8(), (chunk) => chunk.id],
  ['document_id', new Utf8(), (chunk) => chunk.documentId],
  ['source', new Utf8(), (chunk) => storable(chunk.source)],
  ['title', new Utf8(), (chunk) => storable(chunk.title)],
  ['domain', new Utf8(), (chunk) => storable(chunk.domain)],
  ['timestamp_ms', new Float64(), ({ timestamp }) => (timestamp ? timestampMs(timestamp) : undefined)],
  ['boost_tags', listOfTexts(), (chunk) => chunk.boostTags?.map(storableText)],
  ['terms', new Utf8(), (chunk) => analyze(searchableText(chunk)).join(' ')],
  ['chunk', new Utf8(), (chunk) => JSON.stringify(chunk)],
];

const storable = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : storableText(text);

/**
 * Rows for LanceDB, column by column; the vectors in one block.
 *
 * @param found the vector columns of the table
 * @param metadata all metadata columns of the table
 */
export function toArrow(
  chunks: readonly EmbeddedChunk[],
  found: VectorColumns,
  metadata: readonly string[],
  analyze: (text: string) => string[],
): Table {
  const fields: Field[] = [];
  const vectors: Vector[] = [];
  const add = (name: string, type: DataType, values: Vector): void => {
    fields.push(new Field(name, type, true));
    vectors.push(values);
  };
  for (const [name, type, read] of columns(analyze)) {
    add(
      name,
      type,
      column(
        type,
        chunks.map(({ chunk }) => read(chunk)),
      ),
    );
  }
  for (const [name, column] of vectorValues(chunks, found)) add(name, column.type, column);
  const values = metadataValues(chunks);
  for (const name of metadata) {
    const type = typeOf[metadataTypeOfColumn(name) ?? 'text']();
    add(
      name,
      type,
      column(
        type,
        chunks.map((_, row) => values.get(name)?.get(row)),
      ),
    );
  }
  const schema = new Schema(fields);
  return new Table(schema, Object.fromEntries(fields.map(({ name }, i) => [name, vectors[i] as Vector])));
}

const column = (type: DataType, values: readonly unknown[]): Vector =>
  vectorFromArray(
    values.map((value) => value ?? null),
    type,
  );

/** Metadata by column and row. */
function metadataValues(chunks: readonly EmbeddedChunk[]): Map<string, Map<number, unknown>> {
  const byColumn = new Map<string, Map<number, unknown>>();
  chunks.forEach(({ chunk }, row) => {
    for (const [key, value] of Object.entries(chunk.metadata)) {
      const name = metadataColumn(metadataTypeOf(value), key);
      let rows = byColumn.get(name);
      if (rows === undefined) {
        rows = new Map();
        byColumn.set(name, rows);
      }
      rows.set(row, storableValue(value));
    }
  });
  return byColumn;
}

function storableValue(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (typeof value === 'boolean') return Number(value);
  return Array.isArray(value) ? value.map(storableText) : value;
}
