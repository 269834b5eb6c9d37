import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FileError } from '../errors.ts';
import { systemError } from './errors.ts';

const OP = 'safetensors.write';

/** A file written under a temporary name beside its target, and flushed. */
export interface Prepared {
  readonly path: string;
  /** Gives it its name, replacing a file that has it. */
  commit(): void;
  /** Removes it; harmless after `commit`. */
  discard(): void;
}

/**
 * Writes a new file through `write(fd)` without touching `path` yet. When `write` throws, nothing is left behind.
 *
 * @throws FileError on any failure of the operating system; errors of this package pass unchanged.
 */
export function prepareFile(path: string, write: (fd: number) => void): Prepared {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const discard = () => rmSync(temporary, { force: true });
  let fd: number | null = null;
  try {
    fd = openSync(temporary, 'wx', modeOf(path));
    write(fd);
    fsyncSync(fd);
    closeSync(fd);
  } catch (error) {
    if (fd !== null) {
      closeQuietly(fd);
      discard();
    }
    throw asFileError(path, error);
  }
  const commit = () => {
    try {
      renameSync(temporary, path);
    } catch (error) {
      discard();
      throw asFileError(path, error);
    }
  };
  return { path, commit, discard };
}

/** Writes `data` at the start of the file. */
export function writeAll(fd: number, data: Uint8Array): void {
  let done = 0;
  while (done < data.byteLength) done += writeSync(fd, data, done, data.byteLength - done, done);
}

/** Makes the names in a folder durable: without it a crash of the machine may undo a rename. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The permissions of the file that is replaced; else the default, which the umask then narrows. */
function modeOf(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() ? stats.mode & 0o777 : 0o666;
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // Already closed: closeSync itself failed, and its error is the one to report.
  }
}

/** Failures of the operating system, with the path; the addon's FileError does not know it. Others pass. */
function asFileError(path: string, error: unknown): unknown {
  const isSystem = error instanceof Error && 'syscall' in error;
  return isSystem || FileError.isInstance(error)
    ? systemError(OP, path, error, 'the target was not changed')
    : error;
}
