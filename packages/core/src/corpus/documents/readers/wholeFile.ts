import { readFile } from 'node:fs/promises';
import type { ResolvedReadOptions, SourceFile } from '../types.ts';
import { UnreadableError } from '../unreadable.ts';

/** All bytes of a file that is not larger than the options allow. */
export async function wholeFile(file: SourceFile, options: ResolvedReadOptions): Promise<Uint8Array> {
  if (file.size > options.maxFileBytes) {
    throw new UnreadableError(`${file.size} bytes, more than maxFileBytes (${options.maxFileBytes})`);
  }
  const bytes = await readFile(file.path, { signal: options.signal });
  if (bytes.length === 0) throw new UnreadableError('empty');
  return bytes;
}
