import type { Metadata, MetadataValue } from './types.ts';
import { cleanText } from './wellFormed.ts';

const MAX_DEPTH = 8;
/** A longer list of numbers is a vector, not metadata. */
const MAX_NUMBERS = 64;

/**
 * Values from outside as flat metadata: keys of nested objects are joined by dots, lists of scalars become lists of
 * strings, dates ISO 8601; null, NaN, empty objects, bytes and vectors are left out; what is nested deeper than 8 becomes JSON.
 */
export function flattenMetadata(values: Readonly<Record<string, unknown>>): Metadata {
  const entries: [string, MetadataValue][] = [];
  const add = (key: string, value: unknown, depth: number): void => {
    const scalar = toScalar(value);
    if (scalar !== undefined) entries.push([key, scalar]);
    else if (ArrayBuffer.isView(value) || isVector(value)) return;
    else if (Array.isArray(value)) entries.push([key, value.filter(isPresent).map(toText)]);
    else if (isObject(value) && depth >= MAX_DEPTH) entries.push([key, toText(value)]);
    else if (isObject(value))
      for (const [inner, of] of Object.entries(value)) add(`${key}.${inner}`, of, depth + 1);
  };
  for (const [key, value] of Object.entries(values)) add(key, value, 1);
  return Object.fromEntries(entries);
}

/** A value as it is kept, or undefined if it is none or several. */
export function toScalar(value: unknown): string | number | boolean | undefined {
  if (typeof value === 'string') return cleanText(value);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return isoDate(value);
  return undefined;
}

/** A date, or what reads as one, in ISO 8601; undefined if it doesn't. */
export function isoDate(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const date = value instanceof Date ? value : new Date(String(toScalar(value) ?? ''));
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** A list of tags: a list, or a text with commas. */
export function toTags(value: unknown): readonly string[] | undefined {
  const parts = Array.isArray(value)
    ? value.filter(isPresent).map(toText)
    : String(toScalar(value) ?? '').split(',');
  const tags = parts.map((part) => part.trim()).filter((part) => part !== '');
  return tags.length > 0 ? tags : undefined;
}

const isVector = (value: unknown): boolean =>
  Array.isArray(value) && value.length > MAX_NUMBERS && value.every((entry) => typeof entry === 'number');

const isPresent = (value: unknown): boolean => value !== null && value !== undefined;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Date);

/** bigint has no JSON. */
const toText = (value: unknown): string =>
  String(
    toScalar(value) ??
      JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner)),
  );
