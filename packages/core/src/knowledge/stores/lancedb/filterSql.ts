import type { FilterField, FilterNode, Scalar } from '../../filters/index.ts';
import { storableText } from '../checks.ts';
import { columnOfField, type MetadataType, metadataColumn } from './columns.ts';

/**
 * A filter as SQL of DataFusion. Never null, so that `NOT` means what it says. Values only stand in it as quoted
 * literals, column names only of a to z, digits and `_`.
 *
 * @param columns those that the table has; a condition on another one is false
 */
export function filterSql(node: FilterNode, columns: ReadonlySet<string>): string {
  switch (node.kind) {
    case 'and':
    case 'or':
      return joined(
        node.nodes.map((inner) => filterSql(inner, columns)),
        node.kind,
      );
    case 'not':
      return `(NOT ${filterSql(node.node, columns)})`;
    case 'in':
      return joined(
        (['text', 'number', 'boolean'] as const).map((type) => isIn(node.field, type, node.values, columns)),
        'or',
      );
    case 'contains':
      return test(node.field, 'list', columns, (name) => `array_has(${name}, ${literal(node.value)})`);
    case 'exists':
      return joined(
        (['text', 'number', 'boolean', 'list'] as const).map((type) => test(node.field, type, columns)),
        'or',
      );
    default: {
      const type = typeof node.value === 'string' ? 'text' : 'number';
      const sign = { gt: '>', gte: '>=', lt: '<', lte: '<=' }[node.kind];
      return test(node.field, type, columns, (name) => `${name} ${sign} ${literal(node.value)}`);
    }
  }
}

const never = '(1 = 0)';

function joined(parts: readonly string[], by: 'and' | 'or'): string {
  const kept = by === 'or' ? parts.filter((part) => part !== never) : parts;
  if (kept.length === 0) return by === 'or' ? never : '(1 = 1)';
  return kept.length === 1 ? (kept[0] as string) : `(${kept.join(` ${by.toUpperCase()} `)})`;
}

function isIn(
  field: FilterField,
  type: Exclude<MetadataType, 'list'>,
  values: readonly Scalar[],
  columns: ReadonlySet<string>,
): string {
  const ofType = values.filter((value) => typeof value === (type === 'text' ? 'string' : type));
  if (ofType.length === 0) return never;
  return test(field, type, columns, (name) => `${name} IN (${ofType.map(literal).join(', ')})`);
}

/** The field is there and passes. */
function test(
  field: FilterField,
  type: MetadataType,
  columns: ReadonlySet<string>,
  condition?: (column: string) => string,
): string {
  const name = columnOf(field, type);
  if (name === undefined || !columns.has(name)) return never;
  return `(${name} IS NOT NULL${condition === undefined ? '' : ` AND ${condition(name)}`})`;
}

function columnOf(field: FilterField, type: MetadataType): string | undefined {
  if (field.kind === 'metadata') return metadataColumn(type, field.key);
  const own = { timestamp: 'number', boostTags: 'list' }[field.name as string] ?? 'text';
  return own === type ? columnOfField[field.name] : undefined;
}

function literal(value: Scalar): string {
  if (typeof value === 'string') return `'${storableText(value).replaceAll("'", "''")}'`;
  return `CAST('${Number(value)}' AS DOUBLE)`; // booleans are 1 and 0
}
