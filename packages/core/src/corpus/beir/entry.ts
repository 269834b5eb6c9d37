import { DataError } from '../../base/errors.ts';
import type { JsonLine } from '../../base/jsonLines.ts';

/** One line of a JSON lines file, and where it stands. Its methods throw DataError, naming file, line and field. */
export class Entry {
  readonly #file: string;
  readonly #line: number;
  readonly #value: JsonLine['value'];

  constructor(file: string, { line, value }: JsonLine) {
    this.#file = file;
    this.#line = line;
    this.#value = value;
  }

  wrong(field: string, expected: string, got: string): DataError {
    return new DataError({ file: this.#file, line: this.#line, field, expected, got });
  }

  /** `_id`, which numbers are taken for too; not one that was there before. */
  id(known: { has(id: string): boolean }): string {
    const value = this.#value['_id'];
    const id = typeof value === 'number' ? String(value) : value;
    if (typeof id !== 'string' || id === '') throw this.wrong('_id', 'a non-empty string', show(value));
    if (known.has(id)) throw this.wrong('_id', 'an id that is not used above', JSON.stringify(id));
    return id;
  }

  /** @param missing what an absent field stands for; undefined if it must be there */
  text(field: string, missing: string | undefined): string {
    const value = this.#value[field] ?? missing;
    if (typeof value !== 'string') throw this.wrong(field, 'a string', show(value));
    return value;
  }

  metadata(): Readonly<Record<string, unknown>> | undefined {
    const value = this.#value['metadata'];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'object' || Array.isArray(value))
      throw this.wrong('metadata', 'an object', show(value));
    return value as Readonly<Record<string, unknown>>;
  }
}

const show = (value: unknown): string =>
  value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60);
