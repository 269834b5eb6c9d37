import { DataError } from './errors.ts';
import { readTextLines } from './textLines.ts';

export interface JsonLine {
  /** Counted from 1. */
  readonly line: number;
  readonly value: Readonly<Record<string, unknown>>;
}

/**
 * Reads a file of one JSON object per line as a stream; empty lines are passed over.
 *
 * @throws DataError naming file and line, if the file can't be read or a line holds no JSON object
 */
export async function* readJsonLines(file: string): AsyncGenerator<JsonLine, void, undefined> {
  for await (const { line, text } of readTextLines(file))
    yield { line, value: parseObject(file, line, text) };
}

function parseObject(file: string, line: number, text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const got = `${(cause as Error).message} in ${text.slice(0, 60)}`;
    throw new DataError({ file, line, expected: 'one JSON object', got }, { cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonLine['value'];
  throw new DataError({ file, line, expected: 'one JSON object', got: text.slice(0, 60) });
}
