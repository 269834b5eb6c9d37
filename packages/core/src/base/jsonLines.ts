import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { DataError } from './errors.ts';

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
  await checkReadable(file);
  const lines = createInterface({
    input: createReadStream(file, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let line = 0;
  for await (const text of lines) {
    line++;
    const trimmed = line === 1 ? text.replace(/^\uFEFF/, '').trim() : text.trim();
    if (trimmed !== '') yield { line, value: parseObject(file, line, trimmed) };
  }
}

async function checkReadable(file: string): Promise<void> {
  const info = await stat(file).catch((cause: Error) => {
    throw new DataError({ file, expected: 'a readable file', got: cause.message }, { cause });
  });
  if (!info.isFile()) throw new DataError({ file, expected: 'a file', got: 'a folder' });
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
