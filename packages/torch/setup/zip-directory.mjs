import { readSync } from 'node:fs';

/**
 * @typedef {object} ZipEntry
 * @property {string} name           path inside the archive, '/'-separated; folders are left out
 * @property {number} method         0 = stored, 8 = deflated
 * @property {number} crc
 * @property {number} compressedSize bytes
 * @property {number} size           bytes
 * @property {number} offset         of the local header
 * @property {boolean} executable
 */

/** The archive is damaged or would write outside its target. */
export class ZipError extends Error {
  /**
   * @param {string} archive
   * @param {string} problem
   */
  constructor(archive, problem) {
    super(`${archive}: ${problem}`);
    this.name = 'ZipError';
    this.archive = archive;
  }
}

/**
 * Reads the central directory, ZIP64 included.
 * @param {string} path
 * @param {number} fd
 * @param {number} fileSize
 * @returns {ZipEntry[]}
 */
export function readDirectory(path, fd, fileSize) {
  const { offset, size, count } = findDirectory(path, fd, fileSize);
  if (offset + size > fileSize)
    throw new ZipError(path, 'the central directory reaches beyond the end of the file');
  const directory = readAt(path, fd, offset, size);
  const entries = [];
  const names = new Set();
  for (let at = 0, index = 0; index < count; index++) {
    if (at + 46 > size || directory.readUInt32LE(at) !== 0x02014b50) {
      throw new ZipError(path, `the central directory is damaged at entry ${index} of ${count}`);
    }
    const nameLength = directory.readUInt16LE(at + 28);
    const extraLength = directory.readUInt16LE(at + 30);
    const end = at + 46 + nameLength + extraLength + directory.readUInt16LE(at + 32);
    if (end > size)
      throw new ZipError(path, `the central directory is cut off at entry ${index} of ${count}`);
    const name = directory.toString('utf8', at + 46, at + 46 + nameLength);
    const unixMode = directory.readUInt32LE(at + 38) >>> 16;
    const entry = {
      name,
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      compressedSize: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
      executable: (unixMode & 0o111) !== 0,
    };
    applyZip64(path, entry, directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength));
    const isLink = (unixMode & 0o170000) === 0o120000;
    const problem =
      pathProblem(name) ??
      (isLink ? 'is a symbolic link' : undefined) ??
      (directory.readUInt16LE(at + 8) & 1 ? 'is encrypted' : undefined) ??
      (entry.method !== 0 && entry.method !== 8 ? `uses compression method ${entry.method}` : undefined) ??
      (names.has(name) ? 'occurs twice' : undefined);
    if (problem) throw new ZipError(path, `entry ${JSON.stringify(name)} ${problem}`);
    names.add(name);
    if (!name.endsWith('/')) entries.push(entry);
    at = end;
  }
  return entries;
}

/**
 * @param {string} path
 * @param {number} fd
 * @param {number} fileSize
 */
function findDirectory(path, fd, fileSize) {
  const length = Math.min(fileSize, 22 + 0xffff); // the end record and the longest comment
  const tail = readAt(path, fd, fileSize - length, length);
  let at = length - 22;
  while (
    at >= 0 &&
    !(tail.readUInt32LE(at) === 0x06054b50 && at + 22 + tail.readUInt16LE(at + 20) === length)
  )
    at--;
  if (at < 0) throw new ZipError(path, 'is no zip archive, or was cut off (incomplete download?)');
  const end = {
    count: tail.readUInt16LE(at + 10),
    size: tail.readUInt32LE(at + 12),
    offset: tail.readUInt32LE(at + 16),
  };
  if (end.count !== 0xffff && end.size !== 0xffffffff && end.offset !== 0xffffffff) return end;
  if (at < 20 || tail.readUInt32LE(at - 20) !== 0x07064b50) return end; // the figures happen to be at the limit
  const record = readAt(path, fd, toSafe(path, tail.readBigUInt64LE(at - 20 + 8)), 56);
  if (record.readUInt32LE(0) !== 0x06064b50) throw new ZipError(path, 'the ZIP64 end record is missing');
  return {
    count: toSafe(path, record.readBigUInt64LE(32)),
    size: toSafe(path, record.readBigUInt64LE(40)),
    offset: toSafe(path, record.readBigUInt64LE(48)),
  };
}

/**
 * Replaces the fields that did not fit into 32 bits by those of the ZIP64 extra field (id 1).
 * @param {string} path
 * @param {ZipEntry} entry
 * @param {Buffer} extra
 */
function applyZip64(path, entry, extra) {
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = extra.readUInt16LE(at + 2);
    if (extra.readUInt16LE(at) === 1) {
      const field = extra.subarray(at + 4, at + 4 + length);
      let next = 0;
      for (const key of /** @type {const} */ (['size', 'compressedSize', 'offset'])) {
        if (entry[key] !== 0xffffffff) continue;
        if (next + 8 > field.length)
          throw new ZipError(path, `entry ${entry.name} has a damaged ZIP64 field`);
        entry[key] = toSafe(path, field.readBigUInt64LE(next));
        next += 8;
      }
      return;
    }
    at += 4 + length;
  }
}

/**
 * @param {string} path
 * @param {bigint} value
 */
function toSafe(path, value) {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new ZipError(path, 'a size in the directory is impossible');
  return Number(value);
}

/**
 * Why a path may not be written below a target folder; undefined if it may.
 * @param {string} name
 */
export function pathProblem(name) {
  if (name === '' || name.includes('\0') || name.includes('\\')) return 'is not a portable path';
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return 'is an absolute path';
  if (name.split('/').includes('..')) return 'leads out of the target folder';
  return undefined;
}

/**
 * @param {string} path
 * @param {number} fd
 * @param {number} position
 * @param {number} length
 */
export function readAt(path, fd, position, length) {
  const buffer = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const got = readSync(fd, buffer, done, length - done, position + done);
    if (got === 0) throw new ZipError(path, 'ends early (incomplete download?)');
    done += got;
  }
  return buffer;
}
