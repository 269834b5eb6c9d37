import { createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { readAt, type ZipEntry, zipEntries } from './zipDirectory.ts';

/** An opened zip archive. Entries are streamed: weights may be larger than memory. */
export interface Zip {
  readonly entries: readonly ZipEntry[];
  /** Writes one entry to `target`, checked by size and CRC-32. */
  extract(entry: ZipEntry, target: string): Promise<void>;
}

/** Opens an archive, hands it to `use`, and closes it. */
export async function withZip<T>(path: string, use: (zip: Zip) => Promise<T>): Promise<T> {
  const file = await open(path, 'r');
  try {
    const entries = await zipEntries(file);
    return await use({ entries, extract: (entry, target) => extract(file, entry, target) });
  } finally {
    await file.close();
  }
}

async function extract(file: FileHandle, entry: ZipEntry, target: string): Promise<void> {
  const header = await readAt(file, entry.offset, 30);
  if (header.readUInt32LE(0) !== 0x04034b50)
    throw new Error(`the archive is damaged: no header of ${entry.name}`);
  const start = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  await mkdir(dirname(target), { recursive: true });
  const meter = { size: 0, crc: 0 };
  const check = new Transform({
    transform: (chunk: Buffer, _, done) => {
      meter.size += chunk.length;
      meter.crc = crc32(chunk, meter.crc);
      done(
        meter.size > entry.size ? new Error(`${entry.name} is longer than the archive says`) : null,
        chunk,
      );
    },
  });
  const source = Readable.from(parts(file, start, entry.compressedSize));
  const sink = createWriteStream(target);
  if (entry.method === 0) await pipeline(source, check, sink);
  else await pipeline(source, createInflateRaw(), check, sink);
  if (meter.size !== entry.size || meter.crc !== entry.crc) {
    throw new Error(`the archive is damaged: ${entry.name} has the wrong size or checksum`);
  }
}

async function* parts(file: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  const step = 1 << 20;
  for (let at = 0; at < length; at += step) yield await readAt(file, start + at, Math.min(step, length - at));
}

/** Unpacks entries into a folder, their names cut by `prefix`. */
export async function extractAll(
  zip: Zip,
  entries: readonly ZipEntry[],
  prefix: string,
  folder: string,
): Promise<void> {
  for (const entry of entries) await zip.extract(entry, join(folder, entry.name.slice(prefix.length)));
}
