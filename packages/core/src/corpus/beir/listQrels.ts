import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { DataError } from '../../base/errors.ts';

/**
 * Names of the .tsv files in a `qrels` folder, sorted.
 *
 * @throws DataError if there is no such folder, or none in it
 */
export async function listBeirQrels(folder: string): Promise<string[]> {
  const expected = 'a folder with train.tsv, dev.tsv or test.tsv';
  if (!existsSync(folder)) throw new DataError({ file: folder, expected, got: 'nothing' });
  const files = (await readdir(folder)).filter((name) => name.endsWith('.tsv')).sort();
  if (files.length > 0) return files;
  throw new DataError({ file: folder, expected: 'at least one .tsv file', got: 'none' });
}
