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
 * chunk is one of its metadata. What looks like a number, true or false is also found where it is a text, as in CSV
 * files; a file finds its rows (`source=faq.csv`), a domain also the column of that name.
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
  if (operator === 'ne') return { not: condition(key, 'eq', value) };
  return condition(key, operator, value);
}

type Operator = Exclude<(typeof OPERATORS)[number][1], 'ne'>;

function condition(key: string, operator: Operator, value: string): ChunkFilter {
  if (key === 'boostTags' && operator === 'eq') return { boostTags: { contains: value } };
  if (key === 'source' && operator === 'eq') {
    // rows are `file#line`, and `$` comes after `#`
    return { or: [{ source: { eq: value } }, { source: { gt: `${value}#`, lt: `${value}$` } }] };
  }
  if (key === 'domain') {
    return { or: [{ domain: { [operator]: value } }, { 'metadata.domain': { [operator]: value } }] };
  }
  if (FIELDS.includes(key)) return { [key]: { [operator]: value } };
  const typed = scalar(value);
  const field = key.startsWith('metadata.') ? key : `metadata.${key}`;
  if (operator === 'eq' && typed !== value) return { [field]: { in: [typed, value] } };
  return { [field]: { [operator]: typed } };
}

function scalar(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  const isNumber = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text);
  return isNumber ? Number(text) : text;
}
