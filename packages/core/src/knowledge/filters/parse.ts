import { ConfigError, type ConfigProblem } from '../../base/errors.ts';
import type { ChunkFilter } from '../types.ts';
import { timestampMs } from './timestamps.ts';
import type { ColumnField, FilterField, FilterNode, Scalar } from './types.ts';

const columns: readonly string[] = [
  'id',
  'documentId',
  'source',
  'domain',
  'title',
  'timestamp',
  'boostTags',
] satisfies readonly ColumnField[];
const operators = ['eq', 'ne', 'in', 'gt', 'gte', 'lt', 'lte', 'contains', 'exists'];

/** Deeper nesting is refused: databases recurse over it. */
const deepest = 64;

/**
 * Checks a filter and brings it into one form for all stores: `eq` becomes `in`, `ne` becomes `not in`, and so on.
 *
 * @throws ConfigError listing every problem: fields that can't be filtered by, unknown operators, wrong values
 */
export function parseFilter(filter: ChunkFilter): FilterNode {
  const problems: ConfigProblem[] = [];
  const node = parseNode(filter, 'filter', problems, 0);
  if (problems.length > 0) throw new ConfigError('chunk filter', problems);
  return node;
}

function parseNode(filter: unknown, path: string, problems: ConfigProblem[], depth: number): FilterNode {
  if (!isRecord(filter) || depth > deepest) {
    const expected = depth > deepest ? `at most ${deepest} filters inside each other` : 'an object';
    return wrong(problems, path, expected, depth > deepest ? 'more' : filter);
  }
  const nodes = Object.entries(filter).map(([key, value]) => {
    const place = `${path}.${key}`;
    if ((key === 'and' || key === 'or') && Array.isArray(value)) {
      const inner = value.map((one, i) => parseNode(one, `${place}[${i}]`, problems, depth + 1));
      return { kind: key, nodes: inner } satisfies FilterNode;
    }
    if (key === 'not' && isRecord(value)) {
      return { kind: 'not', node: parseNode(value, place, problems, depth + 1) } satisfies FilterNode;
    }
    return parseField(key, value, place, problems);
  });
  return nodes.length === 1 ? (nodes[0] as FilterNode) : { kind: 'and', nodes };
}

function parseField(key: string, value: unknown, path: string, problems: ConfigProblem[]): FilterNode {
  const field = fieldOf(key);
  if (field === undefined) {
    return wrong(problems, path, `and, or, not, metadata.<key> or one of ${columns.join(', ')}`, key);
  }
  if (!isRecord(value)) return parseTest(field, 'eq', value, path, problems);
  const tests = Object.entries(value).filter(([, operand]) => operand !== undefined);
  if (tests.length === 0) return wrong(problems, path, `one of ${operators.join(', ')}`, value);
  const nodes = tests.map(([operator, operand]) =>
    parseTest(field, operator, operand, `${path}.${operator}`, problems),
  );
  return nodes.length === 1 ? (nodes[0] as FilterNode) : { kind: 'and', nodes };
}

function parseTest(
  field: FilterField,
  operator: string,
  operand: unknown,
  path: string,
  problems: ConfigProblem[],
): FilterNode {
  const scalar = (value: unknown): Scalar => operandOf(field, value, path, problems);
  switch (operator) {
    case 'eq':
      return { kind: 'in', field, values: [scalar(operand)] };
    case 'ne':
      return { kind: 'not', node: { kind: 'in', field, values: [scalar(operand)] } };
    case 'in':
      if (!Array.isArray(operand)) return wrong(problems, path, 'a list', operand);
      return { kind: 'in', field, values: operand.map(scalar) };
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte': {
      const value = scalar(operand);
      if (typeof value === 'boolean') return wrong(problems, path, 'a number or a text', operand);
      return { kind: operator, field, value };
    }
    case 'contains':
      if (typeof operand !== 'string') return wrong(problems, path, 'a text', operand);
      return { kind: 'contains', field, value: operand };
    case 'exists': {
      if (typeof operand !== 'boolean') return wrong(problems, path, 'true or false', operand);
      return operand ? { kind: 'exists', field } : { kind: 'not', node: { kind: 'exists', field } };
    }
    default:
      return wrong(problems, path, `one of ${operators.join(', ')}`, operator);
  }
}

function operandOf(field: FilterField, value: unknown, path: string, problems: ConfigProblem[]): Scalar {
  const isScalar = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  if (!isScalar) {
    wrong(problems, path, 'a text, a finite number or a boolean', value);
    return '';
  }
  if (field.kind === 'column' && field.name === 'timestamp') {
    const ms = typeof value === 'string' ? timestampMs(value) : undefined;
    if (ms === undefined) wrong(problems, path, 'an ISO 8601 date or time', value);
    return ms ?? 0;
  }
  return value as Scalar;
}

function fieldOf(name: string): FilterField | undefined {
  if (name.startsWith('metadata.') && name.length > 9) return { kind: 'metadata', key: name.slice(9) };
  return columns.includes(name) ? { kind: 'column', name: name as ColumnField } : undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function wrong(problems: ConfigProblem[], field: string, expected: string, value: unknown): FilterNode {
  const got =
    typeof value === 'number' ? String(value) : (JSON.stringify(value)?.slice(0, 80) ?? typeof value);
  problems.push({ field, expected, got });
  return { kind: 'and', nodes: [] };
}
