import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { flushFolder } from './atomicFile.ts';

/** Characters that are held before they are written. */
const bufferSize = 1 << 20;

/**
 * As {@link writeFileAtomic}, from lines as they come: the text is never in memory as a whole. Each line gets its
 * line end.
 *
 * @returns how many lines
 */
export async function writeLinesAtomic(
  file: string,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<number> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx');
    let count: number;
    try {
      count = await writeAll(handle, lines);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await flushFolder(dirname(file));
    return count;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function writeAll(
  handle: FileHandle,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<number> {
  let count = 0;
  let size = 0;
  let held: string[] = [];
  const flush = async () => {
    if (held.length > 0) await handle.appendFile(`${held.join('\n')}\n`);
    held = [];
    size = 0;
  };
  for await (const line of lines) {
    count++;
    held.push(line);
    size += line.length;
    if (size >= bufferSize) await flush();
  }
  await flush();
  return count;
}
