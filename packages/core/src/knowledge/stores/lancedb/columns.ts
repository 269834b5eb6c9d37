import type { ColumnField } from '../../filters/index.ts';

/** Metadata of each type has a column of its own, so that a key may hold a text here and a number there. */
export type MetadataType = 'text' | 'number' | 'boolean' | 'list';

const prefixes: Readonly<Record<MetadataType, string>> = {
  text: 'm_t_',
  number: 'm_n_',
  boolean: 'm_b_',
  list: 'm_l_',
};

/** Columns of the fields that a filter may name. */
export const columnOfField: Readonly<Record<ColumnField, string>> = {
  id: 'id',
  documentId: 'document_id',
  source: 'source',
  title: 'title',
  domain: 'domain',
  timestamp: 'timestamp_ms',
  boostTags: 'boost_tags',
};

/** Name of a metadata column: a to z and digits as they are, other bytes as `_` and two hex digits. */
export const metadataColumn = (type: MetadataType, key: string): string =>
  prefixes[type] +
  Array.from(new TextEncoder().encode(key), (byte) => {
    const plain = (byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57);
    return plain ? String.fromCharCode(byte) : `_${byte.toString(16).padStart(2, '0')}`;
  }).join('');

export function metadataTypeOf(value: unknown): MetadataType {
  if (Array.isArray(value)) return 'list';
  return typeof value === 'string' ? 'text' : (typeof value as 'number' | 'boolean');
}

export const metadataTypeOfColumn = (column: string): MetadataType | undefined =>
  (Object.keys(prefixes) as MetadataType[]).find((type) => column.startsWith(prefixes[type]));

/** SQL of a column that has no value yet. */
export const emptyColumn = (column: string): { readonly name: string; readonly valueSql: string } => ({
  name: column,
  valueSql: emptySql[metadataTypeOfColumn(column) ?? 'text'],
});

const emptySql: Readonly<Record<MetadataType, string>> = {
  text: 'CAST(NULL AS STRING)',
  number: 'CAST(NULL AS DOUBLE)',
  boolean: 'CAST(NULL AS DOUBLE)',
  list: "arrow_cast(NULL, 'List(Utf8)')",
};
