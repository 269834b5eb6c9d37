import type { FileHandle } from 'node:fs/promises';

/** A file in a zip archive. */
export interface ZipEntry {
  /** With `/`. */
  readonly name: string;
  /** 0: stored, 8: deflated. */
  readonly method: number;
  readonly crc: number;
  /** Bytes. */
  readonly compressedSize: number;
  /** Bytes. */
  readonly size: number;
  /** Of the local header. */
  readonly offset: number;
}

const damaged = (what: string): Error => new Error(`the archive is damaged: ${what}`);

/** Reads `length` bytes at `position`. */
export async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { size } = await file.stat();
  if (position < 0 || position + length > size) throw damaged('it ends early');
  const buffer = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) throw damaged('it ends early');
    done += bytesRead;
  }
  return buffer;
}

/**
 * The files that an archive's central directory lists, ZIP64 included; folders are left out.
 *
 * @throws Error for a damaged archive, and for entries that would be written outside the folder they are put into
 */
export async function zipEntries(file: FileHandle): Promise<ZipEntry[]> {
  const { offset, size, count } = await findDirectory(file);
  const directory = await readAt(file, offset, size);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > size || directory.readUInt32LE(at) !== 0x02014b50) throw damaged('its directory');
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
      directory.readUInt16LE(at + field),
    );
    const extraAt = at + 46 + (nameLength as number);
    const end = extraAt + (extraLength as number) + (commentLength as number);
    if (end > size) throw damaged('its directory');
    const name = directory.toString('utf8', at + 46, extraAt);
    const sizes = sizesOf(directory, at, directory.subarray(extraAt, extraAt + (extraLength as number)));
    const entry = {
      name,
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      ...sizes,
    };
    const mode = directory.readUInt32LE(at + 38) >>> 16;
    const encrypted = (directory.readUInt16LE(at + 8) & 1) === 1;
    const problem = problemOf(entry, mode, encrypted);
    if (problem) throw new Error(`the archive's entry ${JSON.stringify(name)} ${problem}`);
    if (!name.endsWith('/')) entries.push(entry);
    at = end;
  }
  return entries;
}

function problemOf({ name, method }: ZipEntry, mode: number, encrypted: boolean): string | undefined {
  if (name === '' || /[\0\\]/.test(name) || name.startsWith('/') || /^[A-Za-z]:/.test(name))
    return 'is no relative path';
  if (name.split('/').includes('..')) return 'leads out of its folder';
  if ((mode & 0o170000) === 0o120000) return 'is a link';
  if (encrypted) return 'is encrypted';
  return method === 0 || method === 8 ? undefined : `uses compression method ${method}`;
}

async function findDirectory(file: FileHandle): Promise<{ offset: number; size: number; count: number }> {
  const { size: length } = await file.stat();
  const tailLength = Math.min(length, 22 + 0xffff); // the end record and the longest comment
  const tail = await readAt(file, length - tailLength, tailLength);
  let at = tailLength - 22;
  while (at >= 0 && tail.readUInt32LE(at) !== 0x06054b50) at--;
  if (at < 0) throw damaged('it is no zip file, or was cut off');
  const end = {
    count: tail.readUInt16LE(at + 10),
    size: tail.readUInt32LE(at + 12),
    offset: tail.readUInt32LE(at + 16),
  };
  const isZip64 = at >= 20 && tail.readUInt32LE(at - 20) === 0x07064b50;
  if (!isZip64) return end;
  const record = await readAt(file, Number(tail.readBigUInt64LE(at - 12)), 56);
  if (record.readUInt32LE(0) !== 0x06064b50) throw damaged('its ZIP64 record');
  const [count, size, offset] = [32, 40, 48].map((field) => Number(record.readBigUInt64LE(field)));
  return { count, size, offset } as { count: number; size: number; offset: number };
}

/** Sizes and offset of an entry; what does not fit into 32 bits stands in the ZIP64 extra field (id 1). */
function sizesOf(
  directory: Buffer,
  at: number,
  extra: Buffer,
): Pick<ZipEntry, 'size' | 'compressedSize' | 'offset'> {
  const sizes = {
    size: directory.readUInt32LE(at + 24),
    compressedSize: directory.readUInt32LE(at + 20),
    offset: directory.readUInt32LE(at + 42),
  };
  for (let field = 0; field + 4 <= extra.length; field += 4 + extra.readUInt16LE(field + 2)) {
    if (extra.readUInt16LE(field) !== 1) continue;
    let next = field + 4;
    for (const key of ['size', 'compressedSize', 'offset'] as const) {
      if (sizes[key] !== 0xffffffff) continue;
      if (next + 8 > extra.length) throw damaged('a ZIP64 field');
      sizes[key] = Number(extra.readBigUInt64LE(next));
      next += 8;
    }
  }
  return sizes;
}
