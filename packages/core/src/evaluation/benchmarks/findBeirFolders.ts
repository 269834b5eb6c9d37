import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DataError } from '../../base/errors.ts';

/** A data set that is to be measured. */
export interface BeirFolder {
  /** The folder's name; with its parent's where two have the same. */
  readonly name: string;
  readonly folder: string;
}

/**
 * What is meant by folders on a command line: a folder with a `corpus.jsonl` is a data set; one without stands for
 * the data sets in it, by name. A folder that is neither is kept, for its reader to say what it lacks.
 *
 * @throws DataError if a folder is not there
 */
export async function findBeirFolders(folders: readonly string[]): Promise<BeirFolder[]> {
  const found = new Map<string, string>();
  for (const folder of folders)
    for (const each of await dataSets(folder)) if (!found.has(resolve(each))) found.set(resolve(each), each);
  const names = [...found.keys()].map((path) => basename(path));
  return [...found].map(([path, folder], i) => {
    const name = names[i] as string;
    const unique = names.filter((other) => other === name).length === 1;
    return { name: unique ? name : join(basename(dirname(path)), name), folder };
  });
}

async function dataSets(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: Error) => {
    const expected = 'a BEIR folder, or a folder of such folders';
    throw new DataError({ file: folder, expected, got: cause.message }, { cause });
  });
  if (entries.some(({ name }) => name === 'corpus.jsonl')) return [folder];
  const inside = entries
    .map(({ name }) => join(folder, name))
    .filter((path) => existsSync(join(path, 'corpus.jsonl')))
    .sort();
  return inside.length > 0 ? inside : [folder];
}
