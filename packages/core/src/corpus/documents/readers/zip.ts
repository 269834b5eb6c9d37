import { inflateRawSync } from 'node:zlib';
import { UnreadableError } from '../unreadable.ts';

const END_OF_DIRECTORY = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const DEFLATED = 8;

/**
 * Makes sure that a ZIP archive unpacks to no more than it should, before a library unpacks it without asking: a
 * thousandth of the size is enough for a bomb. Sizes are tried, not believed.
 *
 * @throws UnreadableError if it is larger, damaged or no ZIP archive
 */
export function checkZip(bytes: Buffer, maxUnpackedBytes: number): void {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end === -1 || end + 22 > bytes.length || bytes.readUInt32LE(end) !== END_OF_DIRECTORY)
    throw new UnreadableError('no ZIP archive, or cut off');
  let left = maxUnpackedBytes;
  let at = bytes.readUInt32LE(end + 16);
  for (let count = bytes.readUInt16LE(end + 10); count > 0; count--) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== ENTRY) throw damaged();
    left -= unpackedSize(bytes, at, left);
    at += 46 + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
}

function unpackedSize(bytes: Buffer, entry: number, limit: number): number {
  const packed = bytes.readUInt32LE(entry + 20);
  const local = bytes.readUInt32LE(entry + 42);
  if (local + 30 > bytes.length || bytes.readUInt32LE(local) !== LOCAL) throw damaged();
  const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  if (start + packed > bytes.length) throw damaged();
  if (bytes.readUInt16LE(entry + 10) !== DEFLATED) return within(packed, limit);
  try {
    return inflateRawSync(bytes.subarray(start, start + packed), { maxOutputLength: Math.max(1, limit) })
      .length;
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge() : damaged();
  }
}

function within(size: number, limit: number): number {
  if (size > limit) throw tooLarge();
  return size;
}

const damaged = (): UnreadableError => new UnreadableError('a damaged ZIP archive');
const tooLarge = (): UnreadableError => new UnreadableError('unpacks to more than a document holds');
