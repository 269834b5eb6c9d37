import type { Chunk } from '../../corpus/chunks/types.ts';
import type { MetadataValue } from '../../corpus/documents/types.ts';
import { compareText } from './compareText.ts';
import { timestampMs } from './timestamps.ts';
import type { FilterField, FilterNode } from './types.ts';

/** Whether a chunk passes: the meaning that every store's own filter must have. */
export function matches(node: FilterNode, chunk: Chunk): boolean {
  switch (node.kind) {
    case 'and':
      return node.nodes.every((inner) => matches(inner, chunk));
    case 'or':
      return node.nodes.some((inner) => matches(inner, chunk));
    case 'not':
      return !matches(node.node, chunk);
    case 'in':
      return node.values.includes(fieldValue(node.field, chunk) as string);
    case 'contains': {
      const value = fieldValue(node.field, chunk);
      return Array.isArray(value) && value.includes(node.value);
    }
    case 'exists':
      return fieldValue(node.field, chunk) !== undefined;
    default:
      return inOrder(node.kind, fieldValue(node.field, chunk), node.value);
  }
}

/** A field of a chunk; timestamps as milliseconds; undefined if the chunk doesn't have it. */
export function fieldValue(field: FilterField, chunk: Chunk): MetadataValue | undefined {
  if (field.kind === 'metadata') {
    return Object.hasOwn(chunk.metadata, field.key) ? chunk.metadata[field.key] : undefined;
  }
  if (field.name !== 'timestamp') return chunk[field.name];
  return chunk.timestamp === undefined ? undefined : timestampMs(chunk.timestamp);
}

function inOrder(
  kind: 'gt' | 'gte' | 'lt' | 'lte',
  value: MetadataValue | undefined,
  bound: number | string,
): boolean {
  let order: number;
  if (typeof value === 'number' && typeof bound === 'number') order = value - bound;
  else if (typeof value === 'string' && typeof bound === 'string') order = compareText(value, bound);
  else return false;
  if (kind === 'gt') return order > 0;
  if (kind === 'gte') return order >= 0;
  return kind === 'lt' ? order < 0 : order <= 0;
}
