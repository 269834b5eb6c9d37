import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { DataError, readJsonLines } from '@ragwright/core/base';
import { UsageError } from '../command/errors.ts';

export interface InputText {
  /** `_id` or `id` of the line, else its number from 0. */
  readonly id: string | number;
  readonly text: string;
}

export interface ReadTextsOptions {
  /** Field of a JSON line that holds the text; default `text`. With `title+text`, both joined by a space. */
  readonly field: string;
}

/**
 * Texts of a .jsonl file (a field of each line, or lines that are strings) or of a .txt file (a text per line).
 *
 * @throws DataError naming file, line and field; UsageError for another kind of file
 */
export async function* readTexts(file: string, { field }: ReadTextsOptions): AsyncGenerator<InputText> {
  const ending = extname(file).toLowerCase();
  if (ending === '.txt') yield* readLines(file);
  else if (ending === '.jsonl' || ending === '.ndjson') yield* readFields(file, field);
  else throw new UsageError(`--input ${file}: texts are read from .jsonl or .txt`);
}

async function* readLines(file: string): AsyncGenerator<InputText> {
  const info = await stat(file).catch((cause: Error) => {
    throw new DataError({ file, expected: 'a readable file', got: cause.message }, { cause });
  });
  if (!info.isFile()) throw new DataError({ file, expected: 'a file', got: 'a folder' });
  const input = createReadStream(file, 'utf8');
  let id = 0;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    yield { id, text: id === 0 ? line.replace(/^\uFEFF/, '') : line };
    id++;
  }
}

async function* readFields(file: string, field: string): AsyncGenerator<InputText> {
  const names = field.split('+');
  let count = 0;
  for await (const { line, value } of readJsonLines(file)) {
    const parts = names.map((name) => {
      const part = value[name];
      if (typeof part === 'string') return part;
      throw new DataError({
        file,
        line,
        field: name,
        expected: 'a text',
        got: Object.hasOwn(value, name) ? JSON.stringify(part).slice(0, 60) : 'no such field',
        hint: `the line has ${Object.keys(value).slice(0, 12).join(', ')}; choose one with --field`,
      });
    });
    const id = value['_id'] ?? value['id'];
    yield {
      id: typeof id === 'string' || typeof id === 'number' ? id : count,
      text: parts.filter((part) => part !== '').join(' '),
    };
    count++;
  }
}
