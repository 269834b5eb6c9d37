import { createReadStream, createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { pathProblem, readAt, readDirectory, ZipError } from './zip-directory.mjs';

/** @typedef {import('./zip-directory.mjs').ZipEntry} ZipEntry */

const IN_MEMORY = 4 * 1024 * 1024; // entries up to this many bytes are inflated at once, larger ones streamed

/**
 * Opens an archive, hands its entries to `use`, and closes it.
 * @template T
 * @param {string} path
 * @param {(zip: Zip) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withZip(path, use) {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const entries = readDirectory(path, file.fd, size);
    return await use(new Zip(path, file.fd, size, entries));
  } finally {
    await file.close();
  }
}

export class Zip {
  /**
   * @param {string} path
   * @param {number} fd
   * @param {number} fileSize
   * @param {ZipEntry[]} entries
   */
  constructor(path, fd, fileSize, entries) {
    this.path = path;
    this.fd = fd;
    this.fileSize = fileSize;
    this.entries = entries;
  }

  /**
   * The content of one entry as bytes.
   * @param {ZipEntry} entry
   */
  read(entry) {
    const packed = readAt(this.path, this.fd, dataOffset(this, entry), entry.compressedSize);
    const content = entry.method === 0 ? packed : inflate(this.path, entry, packed);
    check(this.path, entry, content.length, crc32(content));
    return content;
  }

  /**
   * Writes one entry to `<folder>/<name>`.
   * @param {ZipEntry} entry
   * @param {string} folder
   * @param {string} [name] default: the entry's own name
   */
  async extract(entry, folder, name = entry.name) {
    const problem = pathProblem(name);
    if (problem) throw new ZipError(this.path, `entry ${JSON.stringify(name)} ${problem}`);
    const target = join(folder, name);
    const mode = entry.executable ? 0o755 : 0o644;
    mkdirSync(dirname(target), { recursive: true });
    if (Math.max(entry.size, entry.compressedSize) <= IN_MEMORY) {
      writeFileSync(target, this.read(entry), { mode });
      return;
    }
    const start = dataOffset(this, entry);
    const source = createReadStream(this.path, {
      start,
      end: start + entry.compressedSize - 1,
      highWaterMark: 1 << 20,
    });
    const { meter, result } = createMeter(this.path, entry);
    const sink = createWriteStream(target, { mode });
    try {
      if (entry.method === 0) await pipeline(source, meter, sink);
      else await pipeline(source, createInflateRaw({ chunkSize: 1 << 20 }), meter, sink);
    } catch (error) {
      if (error instanceof ZipError) throw error;
      throw new ZipError(
        this.path,
        `entry ${entry.name} is damaged (${/** @type {Error} */ (error).message})`,
      );
    }
    check(this.path, entry, result.size, result.crc);
  }
}

/**
 * @param {string} archive
 * @param {ZipEntry} entry
 */
function createMeter(archive, entry) {
  const result = { size: 0, crc: 0 };
  const meter = new Transform({
    transform(chunk, _encoding, done) {
      result.size += chunk.length;
      result.crc = crc32(chunk, result.crc);
      if (result.size > entry.size) done(new ZipError(archive, `entry ${entry.name} is longer than it says`));
      else done(null, chunk);
    },
  });
  return { meter, result };
}

/**
 * @param {string} archive
 * @param {ZipEntry} entry
 * @param {Buffer} packed
 */
function inflate(archive, entry, packed) {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.size) });
  } catch (error) {
    throw new ZipError(archive, `entry ${entry.name} is damaged (${/** @type {Error} */ (error).message})`);
  }
}

/**
 * @param {string} archive
 * @param {ZipEntry} entry
 * @param {number} size
 * @param {number} crc
 */
function check(archive, entry, size, crc) {
  if (size !== entry.size)
    throw new ZipError(archive, `entry ${entry.name} has ${size} bytes instead of ${entry.size}`);
  if (crc !== entry.crc) throw new ZipError(archive, `entry ${entry.name} has a wrong CRC-32`);
}

/**
 * @param {Zip} zip
 * @param {ZipEntry} entry
 */
function dataOffset(zip, entry) {
  const header = readAt(zip.path, zip.fd, entry.offset, 30);
  if (header.readUInt32LE(0) !== 0x04034b50)
    throw new ZipError(zip.path, `entry ${entry.name} has no local header`);
  const offset = entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (offset + entry.compressedSize > zip.fileSize) {
    throw new ZipError(zip.path, `entry ${entry.name} reaches beyond the end of the file`);
  }
  return offset;
}
