import { readFile } from 'node:fs/promises';
import { ConfigError, type ConfigProblem } from '../base/errors.ts';

const show = (value: unknown): string =>
  value === undefined ? 'nothing' : (JSON.stringify(value)?.slice(0, 80) ?? typeof value);

/** Reads typed fields of a parsed `config.json`, and collects what is wrong instead of stopping at the first. */
export class ConfigReader {
  readonly file: string;
  /** The object as it was parsed. */
  readonly json: Readonly<Record<string, unknown>>;
  #problems: ConfigProblem[] = [];
  #path = '';

  /** @throws ConfigError if the file does not hold an object */
  constructor(file: string, json: unknown) {
    this.file = file;
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new ConfigError(file, [{ field: '', expected: 'a JSON object', got: show(json) }]);
    }
    this.json = json as Readonly<Record<string, unknown>>;
  }

  #read<T>(
    field: string,
    fallback: T | undefined,
    expected: string,
    accept: (value: unknown) => value is T,
  ): T {
    const value = Object.hasOwn(this.json, field) ? this.json[field] : undefined;
    if (value === undefined && fallback !== undefined) return fallback;
    if (!accept(value)) this.problem(field, expected, show(value));
    return value as T;
  }

  /** A whole number ≥ `least`; required without `fallback`. */
  count(field: string, fallback?: number, least = 1): number {
    const accept = (value: unknown): value is number =>
      Number.isSafeInteger(value) && (value as number) >= least;
    return this.#read(field, fallback, `a whole number of at least ${least}`, accept);
  }

  /** A whole number ≥ 0, or null. */
  index(field: string, fallback: number | null): number | null {
    const accept = (value: unknown): value is number | null =>
      value === null || (Number.isSafeInteger(value) && (value as number) >= 0);
    return this.#read(field, fallback, 'a whole number of at least 0, or null', accept);
  }

  /** A finite number within [least, below). */
  number(field: string, fallback: number, least: number, below = Number.POSITIVE_INFINITY): number {
    const accept = (value: unknown): value is number =>
      typeof value === 'number' && Number.isFinite(value) && value >= least && value < below;
    const bound = Number.isFinite(below) ? ` and below ${below}` : '';
    return this.#read(field, fallback, `a number of at least ${least}${bound}`, accept);
  }

  /** One of the names that `accept` knows. */
  name<T extends string>(field: string, fallback: T, known: readonly T[]): T {
    const accept = (value: unknown): value is T => (known as readonly unknown[]).includes(value);
    return this.#read(field, fallback, `one of ${known.join(', ')}`, accept);
  }

  /** true or false. */
  flag(field: string, fallback: boolean): boolean {
    return this.#read(field, fallback, 'true or false', (value) => typeof value === 'boolean');
  }

  /** A list of names that `known` has, or undefined if the field is absent or null. */
  names<T extends string>(field: string, known: readonly T[], length: number): readonly T[] | undefined {
    if (this.json[field] === undefined || this.json[field] === null) return undefined;
    const accept = (value: unknown): value is T[] =>
      Array.isArray(value) &&
      value.length === length &&
      value.every((each) => (known as readonly unknown[]).includes(each));
    return this.#read<T[]>(field, undefined, `${length} of ${known.join(', ')}`, accept);
  }

  /** The object in a field, to be read in the same way; an empty one if the field is absent or null. */
  within(field: string): ConfigReader {
    const value = this.json[field] ?? {};
    if (typeof value === 'object' && !Array.isArray(value)) return this.#inner(field, value);
    this.problem(field, 'a JSON object', show(value));
    return this.#inner(field, {});
  }

  #inner(field: string, json: object): ConfigReader {
    const inner = new ConfigReader(this.file, json);
    inner.#problems = this.#problems;
    inner.#path = `${this.#path}${field}.`;
    return inner;
  }

  /** A field that must have this value if it is there. */
  only(field: string, value: string | boolean): void {
    this.#read<unknown>(field, value, show(value), (given): given is unknown => given === value);
  }

  /** A field that must not be there, or be null. */
  absent(field: string): void {
    const value = this.json[field];
    if (value !== undefined && value !== null)
      this.problem(field, 'nothing: it is not supported', show(value));
  }

  /** Adds a problem that concerns several fields. */
  problem(field: string, expected: string, got: string): void {
    this.#problems.push({ field: `${this.#path}${field}`, expected, got });
  }

  /** Throws ConfigError with all problems, if there are any. */
  finish(): void {
    if (this.#problems.length > 0) throw new ConfigError(this.file, this.#problems);
  }
}

/** Opens a model's `config.json`. Throws ConfigError if it is missing, unreadable or no JSON. */
export async function openConfig(file: string): Promise<ConfigReader> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(file, [{ field: '', expected: 'a readable file', got: reason }], { cause });
  }
  try {
    return new ConfigReader(file, JSON.parse(text));
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError(file, [{ field: '', expected: 'JSON', got: (cause as Error).message }], { cause });
  }
}
