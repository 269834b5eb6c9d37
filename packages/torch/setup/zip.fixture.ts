import { crc32, deflateRawSync } from 'node:zlib';

/** One file of an archive made by {@link makeZip}; every field that a real archive could get wrong can be set. */
export interface ZipFile {
  readonly name: string;
  readonly content: string | Buffer;
  readonly stored?: boolean;
  readonly crc?: number;
  readonly size?: number;
  /** Unix mode with file type, e.g. 0o120777 for a symbolic link. */
  readonly mode?: number;
  readonly flags?: number;
  readonly method?: number;
  /** Write the sizes and the offset as ZIP64 fields. */
  readonly zip64?: boolean;
}

/** A zip archive (APPNOTE 6.3.9) with just the fields that readers use. */
export function makeZip(files: readonly ZipFile[]): Buffer {
  const bodies: Buffer[] = [];
  const rows: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const content = Buffer.from(file.content);
    const packed = file.stored ? content : deflateRawSync(content);
    const name = Buffer.from(file.name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    bodies.push(local, name, packed);
    rows.push(directoryRow(file, name, packed.length, content, offset));
    offset += 30 + name.length + packed.length;
  }
  const directory = Buffer.concat(rows);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, directory, end]);
}

function directoryRow(file: ZipFile, name: Buffer, packed: number, content: Buffer, offset: number): Buffer {
  const size = file.size ?? content.length;
  const row = Buffer.alloc(46);
  row.writeUInt32LE(0x02014b50, 0);
  row.writeUInt16LE(file.flags ?? 0, 8);
  row.writeUInt16LE(file.method ?? (file.stored ? 0 : 8), 10);
  row.writeUInt32LE(file.crc ?? crc32(content), 16);
  row.writeUInt32LE(file.zip64 ? 0xffffffff : packed, 20);
  row.writeUInt32LE(file.zip64 ? 0xffffffff : size, 24);
  row.writeUInt16LE(name.length, 28);
  row.writeUInt32LE((file.mode ?? 0o100644) * 0x10000, 38);
  row.writeUInt32LE(file.zip64 ? 0xffffffff : offset, 42);
  if (!file.zip64) return Buffer.concat([row, name]);
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(BigInt(size), 4);
  extra.writeBigUInt64LE(BigInt(packed), 12);
  extra.writeBigUInt64LE(BigInt(offset), 20);
  row.writeUInt16LE(extra.length, 30);
  return Buffer.concat([row, name, extra]);
}
