import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { DataError } from '../../base/errors.ts';

/** A data set that is to be measured. */
export interface BeirFolder {
  /** The folder's name; with as many of its parents' as tell it from the others. */
  readonly name: string;
  readonly folder: string;
}

/**
 * What is meant by folders on a command line: a folder with a `corpus.jsonl` is a data set; one without stands for
 * the data sets in it, by name, and in folders of such (CQADupStack's twelve forums; each counts as a set here, while
 * BEIR's tables count their mean as one). A folder that has a part of a data set, or nothing, is kept, for its reader to
 * say what it lacks.
 *
 * @throws DataError if a folder is not there
 */
export async function findBeirFolders(folders: readonly string[]): Promise<BeirFolder[]> {
  const found = new Map<string, string>();
  for (const folder of folders)
    for (const each of await dataSets(folder)) if (!found.has(resolve(each))) found.set(resolve(each), each);
  const paths = [...found.keys()];
  return [...found].map(([path, folder]) => ({ name: shortestName(path, paths), folder }));
}

/** The last parts of a path, as few as no other path ends in. */
function shortestName(path: string, all: readonly string[]): string {
  let [name, parent] = [basename(path), dirname(path)];
  while (all.some((other) => other !== path && other.endsWith(`${sep}${name}`)) && parent !== dirname(parent))
    [name, parent] = [join(basename(parent), name), dirname(parent)];
  return name;
}

async function dataSets(folder: string): Promise<string[]> {
  if (isSet(folder)) return [folder];
  const inside = (await foldersIn(folder)).map(async (each) => {
    if (isSet(each) || isPart(each)) return [each];
    return (await foldersIn(each)).filter(isSet);
  });
  const sets = (await Promise.all(inside)).flat();
  return sets.length > 0 ? sets : [folder];
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: Error) => {
    const expected = 'a BEIR folder, or a folder of such folders';
    throw new DataError({ file: folder, expected, got: cause.message }, { cause });
  });
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory())
    .sort();
}

const isSet = (folder: string): boolean => existsSync(join(folder, 'corpus.jsonl'));

/** Something of a data set, such as a download that was broken off. */
const isPart = (folder: string): boolean =>
  existsSync(join(folder, 'queries.jsonl')) || existsSync(join(folder, 'qrels'));
