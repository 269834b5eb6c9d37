import type { ChunkFilter } from '@ragwright/core/knowledge';
import { UsageError } from '../command/errors.ts';

const FIELDS = ['documentId', 'source', 'domain', 'title', 'timestamp', 'boostTags', 'id'];
/** Longest first, so that `>=` is not read as `>`. */
const OPERATORS = [
  ['>=', 'gte'],
  ['<=', 'lte'],
  ['!=', 'ne'],
  ['=', 'eq'],
  ['>', 'gt'],
  ['<', 'lt'],
] as const;

/**
 * `domain=cardiology`, `year>=2020`, `boostTags=faq` → a filter; all of several must hold. A key that is no field of a
 * chunk is one of its metadata. Numbers, true and false are taken for what they look like.
 *
 * @throws UsageError
 */
export function parseFilters(texts: readonly string[]): ChunkFilter | undefined {
  if (texts.length === 0) return undefined;
  const filters = texts.map(parseFilter);
  return filters.length === 1 ? filters[0] : { and: filters };
}

function parseFilter(text: string): ChunkFilter {
  const [, key = '', sign = '', value = ''] = /^([\w.-]+)(>=|<=|!=|=|>|<)(.+)$/s.exec(text) ?? [];
  const operator = OPERATORS.find(([written]) => written === sign)?.[1];
  if (key === '' || operator === undefined) {
    throw new UsageError(
      `--filter ${text} is no key=value`,
      'For example: --filter domain=cardiology --filter year>=2020',
    );
  }
  const field = FIELDS.includes(key) || key.startsWith('metadata.') ? key : `metadata.${key}`;
  if (field === 'boostTags' && operator === 'eq') return { [field]: { contains: value } };
  return { [field]: { [operator]: FIELDS.includes(field) ? value : scalar(value) } };
}

function scalar(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  const isNumber = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text);
  return isNumber ? Number(text) : text;
}
