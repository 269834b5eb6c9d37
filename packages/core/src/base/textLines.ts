import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { DataError } from './errors.ts';

export interface TextLine {
  /** Counted from 1. */
  readonly line: number;
  /** Without spaces around it; never empty. */
  readonly text: string;
}

/**
 * Reads a text file (UTF-8) line by line as a stream; empty lines and a byte order mark are passed over.
 *
 * @throws DataError naming the file, if it can't be read
 */
export async function* readTextLines(file: string): AsyncGenerator<TextLine, void, undefined> {
  await checkReadable(file);
  const lines = createInterface({
    input: createReadStream(file, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let line = 0;
  for await (const raw of lines) {
    line++;
    const text = line === 1 ? raw.replace(/^\uFEFF/, '').trim() : raw.trim();
    if (text !== '') yield { line, text };
  }
}

async function checkReadable(file: string): Promise<void> {
  const info = await stat(file).catch((cause: Error) => {
    throw new DataError({ file, expected: 'a readable file', got: cause.message }, { cause });
  });
  if (!info.isFile()) throw new DataError({ file, expected: 'a file', got: 'a folder' });
}
