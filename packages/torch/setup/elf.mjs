import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * @typedef {object} Dynamic
 * @property {string[]} needed  sonames that the loader has to find
 * @property {string} soname
 * @property {string[]} runpath DT_RUNPATH, else DT_RPATH, split at ':'
 */

const PT_DYNAMIC = 2;
const PT_LOAD = 1;
const DT = { needed: 1n, strtab: 5n, strsz: 10n, soname: 14n, rpath: 15n, runpath: 29n };

/** The file is no 64-bit little-endian ELF, or its tables point outside it. */
export class ElfError extends Error {
  /**
   * @param {string} path
   * @param {string} problem
   */
  constructor(path, problem) {
    super(`${path}: ${problem}`);
    this.name = 'ElfError';
  }
}

/**
 * Reads the dynamic section of a shared library (System V ABI, chapter 5), touching only its tables.
 * @param {string} path
 * @returns {Dynamic}
 */
export function readDynamic(path) {
  const fd = openSync(path, 'r');
  try {
    const size = fstatSync(fd).size;
    /** @type {(position: bigint, length: bigint) => Buffer} */
    const bytes = (position, length) => {
      if (position + length > BigInt(size))
        throw new ElfError(path, 'a table reaches beyond the end of the file');
      const buffer = Buffer.alloc(Number(length));
      if (readSync(fd, buffer, 0, buffer.length, Number(position)) !== buffer.length) {
        throw new ElfError(path, 'ends early');
      }
      return buffer;
    };
    return parse(path, bytes, size);
  } finally {
    closeSync(fd);
  }
}

/**
 * @param {string} path
 * @param {(position: bigint, length: bigint) => Buffer} bytes
 * @param {number} size
 * @returns {Dynamic}
 */
function parse(path, bytes, size) {
  if (size < 64) throw new ElfError(path, 'is too short for an ELF file');
  const header = bytes(0n, 64n);
  if (header.toString('latin1', 0, 4) !== '\x7fELF' || header[4] !== 2 || header[5] !== 1) {
    throw new ElfError(path, 'is no 64-bit little-endian ELF file');
  }
  const count = BigInt(header.readUInt16LE(56));
  const table = bytes(header.readBigUInt64LE(32), count * 56n);
  const segments = Array.from({ length: Number(count) }, (_, index) => {
    const row = table.subarray(index * 56, index * 56 + 56);
    return {
      type: row.readUInt32LE(0),
      offset: row.readBigUInt64LE(8),
      address: row.readBigUInt64LE(16),
      length: row.readBigUInt64LE(32),
    };
  });
  const segment = segments.find((each) => each.type === PT_DYNAMIC);
  if (!segment) throw new ElfError(path, 'has no dynamic section');

  const tags = readTags(bytes(segment.offset, segment.length));
  const address = tags.find(([tag]) => tag === DT.strtab)?.[1] ?? 0n;
  const length = tags.find(([tag]) => tag === DT.strsz)?.[1] ?? 0n;
  const holder = segments.find(
    (each) => each.type === PT_LOAD && address >= each.address && address < each.address + each.length,
  );
  if (!holder) throw new ElfError(path, 'has no string table');
  const strings = bytes(address - holder.address + holder.offset, length);
  /** @type {(tag: bigint) => string[]} */
  const values = (wanted) =>
    tags.filter(([tag]) => tag === wanted).map(([, at]) => textAt(path, strings, at));
  const runpath = values(DT.runpath)[0] ?? values(DT.rpath)[0] ?? '';
  return {
    needed: values(DT.needed),
    soname: values(DT.soname)[0] ?? '',
    runpath: runpath.split(':').filter((each) => each !== ''),
  };
}

/**
 * @param {Buffer} section
 * @returns {[tag: bigint, value: bigint][]}
 */
function readTags(section) {
  /** @type {[bigint, bigint][]} */
  const tags = [];
  for (let at = 0; at + 16 <= section.length; at += 16) {
    const tag = section.readBigUInt64LE(at);
    if (tag === 0n) break;
    tags.push([tag, section.readBigUInt64LE(at + 8)]);
  }
  return tags;
}

/**
 * @param {string} path
 * @param {Buffer} strings
 * @param {bigint} at
 */
function textAt(path, strings, at) {
  if (at >= BigInt(strings.length)) throw new ElfError(path, 'a name lies outside the string table');
  const start = Number(at);
  const end = strings.indexOf(0, start);
  return strings.toString('utf8', start, end < 0 ? strings.length : end);
}
