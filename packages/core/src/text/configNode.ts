import type { ConfigProblem } from '../base/errors.ts';

/** A JSON object inside tokenizer.json. */
export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where a part of tokenizer.json lies, and the list that its problems go to. */
export interface Place {
  readonly field: string;
  readonly problems: ConfigProblem[];
}

export const below = (place: Place, field: string | number): Place => ({
  field: `${place.field}.${field}`,
  problems: place.problems,
});

export const show = (value: unknown): string =>
  value === undefined ? 'nothing' : (JSON.stringify(value)?.slice(0, 80) ?? typeof value);

/** Notes a problem; the caller goes on with a harmless value, so that all problems are found. */
export function complain(place: Place, expected: string, got: unknown): void {
  place.problems.push({ field: place.field, expected, got: typeof got === 'string' ? got : show(got) });
}

export function stringOf(config: Json, key: string, place: Place, fallback?: string): string {
  const value = config[key] ?? fallback;
  if (typeof value === 'string') return value;
  complain(below(place, key), 'a string', value);
  return '';
}

export function booleanOf(config: Json, key: string, place: Place, fallback: boolean): boolean {
  const value = config[key] ?? fallback;
  if (typeof value === 'boolean') return value;
  complain(below(place, key), 'true or false', value);
  return fallback;
}

/** The parts of a `Sequence`. */
export function partsOf(config: Json, key: string, place: Place): readonly [part: unknown, place: Place][] {
  const parts = config[key];
  if (Array.isArray(parts)) return parts.map((part, i) => [part, below(below(place, key), i)]);
  complain(below(place, key), 'a list', parts);
  return [];
}
