import type { ColumnField, FilterField, FilterNode, Scalar } from '../../filters/index.ts';
import { storableText } from '../checks.ts';
import type { Parameter } from './database.ts';

const columns: Readonly<Record<ColumnField, string>> = {
  id: 'id',
  documentId: 'document_id',
  source: 'source',
  title: 'title',
  domain: 'domain',
  timestamp: 'timestamp_ms',
  boostTags: 'boost_tags',
};

/**
 * A filter as SQL that is never null, so that `NOT` means what it says. Keys and values are parameters, never part of
 * the statement.
 *
 * @param parameters those of the statement; more are added
 */
export function filterSql(node: FilterNode, parameters: Parameter[]): string {
  const inner = (nodes: readonly FilterNode[]): string[] => nodes.map((one) => filterSql(one, parameters));
  switch (node.kind) {
    case 'and':
      return joined(inner(node.nodes), 'AND', 'TRUE');
    case 'or':
      return joined(inner(node.nodes), 'OR', 'FALSE');
    case 'not':
      return `(NOT ${filterSql(node.node, parameters)})`;
    case 'exists':
      return `(${storedValue(node.field, parameters)} IS NOT NULL)`;
    case 'in':
      return node.field.kind === 'column'
        ? columnIn(node.field.name, node.values, parameters)
        : metadataHolds(node.field.key, node.values, parameters);
    case 'contains':
      if (node.field.kind === 'metadata') return metadataHolds(node.field.key, [[node.value]], parameters);
      if (node.field.name !== 'boostTags') return 'FALSE';
      return `(boost_tags IS NOT NULL AND boost_tags @> ARRAY[${add(parameters, storableText(node.value))}::text])`;
    default: {
      const sign = { gt: '>', gte: '>=', lt: '<', lte: '<=' }[node.kind];
      return inOrder(node.field, sign, node.value, parameters);
    }
  }
}

const joined = (parts: readonly string[], by: string, none: string): string =>
  parts.length === 0 ? none : `(${parts.join(` ${by} `)})`;

function add(parameters: Parameter[], value: Parameter): string {
  parameters.push(value);
  return `$${parameters.length}`;
}

const storedValue = (field: FilterField, parameters: Parameter[]): string =>
  field.kind === 'column' ? columns[field.name] : `(metadata -> ${add(parameters, field.key)}::text)`;

function columnIn(name: ColumnField, values: readonly Scalar[], parameters: Parameter[]): string {
  const column = columns[name];
  const type = name === 'timestamp' ? 'number' : 'string';
  const ofType = values.filter((value) => typeof value === type);
  if (name === 'boostTags' || ofType.length === 0) return 'FALSE';
  const list =
    type === 'number'
      ? `${add(parameters, ofType.map(Number))}::float8[]`
      : `${add(
          parameters,
          ofType.map((value) => storableText(String(value))),
        )}::text[]`;
  return `(${column} IS NOT NULL AND ${column} = ANY(${list}))`;
}

/** Containment, which the index over the metadata serves; a list in it only contains lists. */
function metadataHolds(
  key: string,
  values: readonly (Scalar | readonly string[])[],
  parameters: Parameter[],
): string {
  const parts = values.map((value) => {
    const wanted = JSON.stringify({ [key]: value }, (_, inner) =>
      typeof inner === 'string' ? storableText(inner) : inner,
    );
    return `metadata @> ${add(parameters, wanted)}::text::jsonb`;
  });
  return joined(parts, 'OR', 'FALSE');
}

function inOrder(field: FilterField, sign: string, bound: number | string, parameters: Parameter[]): string {
  const isText = typeof bound === 'string';
  const value = isText
    ? `${add(parameters, storableText(bound))}::text`
    : `${add(parameters, bound)}::float8`;
  if (field.kind === 'column') {
    if (isText !== (field.name !== 'timestamp') || field.name === 'boostTags') return 'FALSE';
    const column = columns[field.name];
    return `(${column} IS NOT NULL AND ${column} ${sign} ${value})`;
  }
  const key = `${add(parameters, field.key)}::text`;
  const stored = isText ? `((metadata ->> ${key}) COLLATE "C")` : `(metadata ->> ${key})::float8`;
  // CASE, as AND may look at both sides, and a text is no number.
  return `(CASE WHEN jsonb_typeof(metadata -> ${key}) = '${typeof bound}' THEN ${stored} ${sign} ${value} ELSE FALSE END)`;
}
