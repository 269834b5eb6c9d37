import { parse } from 'yaml';
import { UsageError } from '../command/errors.ts';

const KEY = /^[A-Za-z][\w-]*(\.[A-Za-z][\w-]*)*$/;

/**
 * `training.epochs=3 chunks.size=256` → nested values. A value is read as YAML: numbers, true, [a, b], text.
 *
 * @throws UsageError for a word that is no key=value
 */
export function parseOverrides(words: readonly string[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const word of words) {
    const at = word.indexOf('=');
    const key = word.slice(0, at);
    if (at < 1 || !KEY.test(key) || key.split('.').includes('__proto__')) {
      throw new UsageError(`${word} is no key=value`, 'Write settings as training.epochs=3');
    }
    assign(result, key.split('.'), parseValue(word.slice(at + 1)), word);
  }
  return result;
}

function parseValue(text: string): unknown {
  // "hf:org/name" and "a: b" are texts here, not maps
  if (/^[\w.+-]*:/.test(text)) return text;
  try {
    return parse(text) ?? text;
  } catch {
    return text;
  }
}

function assign(
  target: Record<string, unknown>,
  path: readonly string[],
  value: unknown,
  word: string,
): void {
  const [key, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) {
    if (key in target) throw new UsageError(`${word}: the key is given twice`);
    target[key] = value;
    return;
  }
  target[key] ??= {};
  const inner = target[key];
  if (!isPlain(inner)) throw new UsageError(`${word}: ${key} has a value already`);
  assign(inner, rest, value, word);
}

/** `over` laid over `base`, key by key; lists and other values are replaced as a whole. */
export function merge(base: unknown, over: Readonly<Record<string, unknown>>): unknown {
  if (!isPlain(base)) return Object.keys(over).length === 0 ? base : over;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    merged[key] = isPlain(value) && isPlain(merged[key]) ? merge(merged[key], value) : value;
  }
  return merged;
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
