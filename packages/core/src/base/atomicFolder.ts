import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { flushFolder } from './atomicFile.ts';

const temporaryName = /^\..+\.[0-9a-f]{8}\.tmp$/;

/**
 * Makes a folder that is there complete or not at all: filled under a temporary name beside it, every file
 * flushed, renamed. A folder that has the name already is replaced. When `fill` throws, nothing is left behind.
 *
 * @param fill writes plain files and folders into the folder it is given
 */
export async function writeFolderAtomic(
  folder: string,
  fill: (temporary: string) => Promise<void> | void,
): Promise<void> {
  const parent = dirname(folder);
  const name = () => join(parent, `.${basename(folder)}.${randomBytes(4).toString('hex')}.tmp`);
  const temporary = name();
  try {
    await mkdir(temporary, { recursive: true });
    await fill(temporary);
    await flushAll(temporary);
    await moveInto(temporary, folder, name());
    await flushFolder(parent);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {}); // the first error is the one to report
    throw error;
  }
}

/** A folder cannot be renamed onto one that has files: the old one steps aside first. */
async function moveInto(temporary: string, folder: string, aside: string): Promise<void> {
  const isFirst = await rename(folder, aside).then(
    () => false,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return true;
      throw error;
    },
  );
  try {
    await rename(temporary, folder);
  } catch (error) {
    if (!isFirst) await rename(aside, folder);
    throw error;
  }
  if (!isFirst) await rm(aside, { recursive: true, force: true });
}

async function flushAll(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await flushAll(path);
    else await flushFile(path);
  }
  await flushFolder(folder);
}

async function flushFile(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what {@link writeFolderAtomic} left in `parent` when its process was killed. Returns the names. */
export async function removeLeftovers(parent: string): Promise<string[]> {
  const names = await readdir(parent).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const leftovers = names.filter((name) => temporaryName.test(name));
  for (const name of leftovers) await rm(join(parent, name), { recursive: true, force: true });
  return leftovers;
}
