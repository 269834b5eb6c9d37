/**
 * Strict JSON for file headers. Unlike JSON.parse it refuses duplicate keys, lone surrogates and deep nesting,
 * keeps the exact text of numbers, and gives objects as Maps, so that no name ("__proto__") is special.
 */

/** A number that is not a non-negative safe integer written plainly; its text says what it was. */
export class OtherNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type JsonObject = Map<string, Json>;
export type Json = number | OtherNumber | string | boolean | null | Json[] | JsonObject;

/** What is wrong, and at which character. */
export class JsonProblem extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(`${message} at character ${at} of the JSON`);
    this.at = at;
  }
}

/** As serde_json, which the reference implementation uses. */
const MAX_DEPTH = 128;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Parses a whole text. Throws JsonProblem. */
export function parseJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): Json {
    if (depth >= MAX_DEPTH) throw this.#problem(`nesting deeper than ${MAX_DEPTH}`);
    this.#space();
    const start = this.#text[this.#at];
    if (start === '{') return this.#object(depth);
    if (start === '[') return this.#array(depth);
    if (start === '"') return this.#string();
    if (start === 't') return this.#word('true', true);
    if (start === 'f') return this.#word('false', false);
    if (start === 'n') return this.#word('null', null);
    return this.#number();
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw this.#problem('unexpected text after the value');
  }

  #object(depth: number): JsonObject {
    const object: JsonObject = new Map();
    this.#at++;
    this.#space();
    if (this.#take('}')) return object;
    do {
      this.#space();
      const keyAt = this.#at;
      if (this.#text[keyAt] !== '"') throw this.#problem('expected a key in quotes');
      const key = this.#string();
      if (object.has(key)) throw new JsonProblem(`duplicate key ${JSON.stringify(key.slice(0, 200))}`, keyAt);
      this.#space();
      if (!this.#take(':')) throw this.#problem("expected ':'");
      object.set(key, this.value(depth + 1));
      this.#space();
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#problem("expected ',' or '}'");
    return object;
  }

  #array(depth: number): Json[] {
    const array: Json[] = [];
    this.#at++;
    this.#space();
    if (this.#take(']')) return array;
    do {
      array.push(this.value(depth + 1));
      this.#space();
    } while (this.#take(','));
    if (!this.#take(']')) throw this.#problem("expected ',' or ']'");
    return array;
  }

  #string(): string {
    const start = this.#at;
    let plain = true;
    for (let at = start + 1; at < this.#text.length; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === 0x22) {
        this.#at = at + 1;
        return plain ? this.#text.slice(start + 1, at) : this.#unescape(start, at + 1);
      }
      if (code < 0x20) throw new JsonProblem('control character in a string', at);
      if (code === 0x5c) {
        plain = false;
        at++;
      }
    }
    throw new JsonProblem('string without an end', start);
  }

  #unescape(start: number, end: number): string {
    let value: string;
    try {
      value = JSON.parse(this.#text.slice(start, end)) as string;
    } catch {
      throw new JsonProblem('bad escape in a string', start);
    }
    if (LONE_SURROGATE.test(value)) throw new JsonProblem('half of a surrogate pair in a string', start);
    return value;
  }

  #number(): number | OtherNumber {
    NUMBER.lastIndex = this.#at;
    const text = NUMBER.exec(this.#text)?.[0];
    if (text === undefined) throw this.#problem('expected a JSON value');
    this.#at += text.length;
    const value = Number(text);
    return /^\d+$/.test(text) && Number.isSafeInteger(value) ? value : new OtherNumber(text);
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#problem('expected a JSON value');
    this.#at += word.length;
    return value;
  }

  #space(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #problem(message: string): JsonProblem {
    return new JsonProblem(
      this.#at >= this.#text.length ? `${message}, but the text ends` : message,
      this.#at,
    );
  }
}

/** A value as an error message shows it. */
export function show(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value instanceof OtherNumber)
    return value.text.length > 40 ? `${value.text.slice(0, 40)}…` : value.text;
  if (value instanceof Map) return 'an object';
  if (Array.isArray(value)) {
    const shown = value.slice(0, 8).map((item) => (Array.isArray(item) ? 'an array' : show(item)));
    return `[${shown.join(', ')}${value.length > 8 ? ', …' : ''}]`;
  }
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
