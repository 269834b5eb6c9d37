import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** Bytes of a key. */
export const keyBytes = 16;
const checksumBytes = 4;
/** Bytes read at once. */
const readBytes = 1 << 22;

const extension = '.vectors';

/** Where a vector lies. */
interface Place {
  readonly file: string;
  /** Byte. */
  readonly at: number;
}

/**
 * Vectors of one length by key, in a folder. A record is key, CRC-32 and float32 values, little-endian. Every writer
 * appends to a file of its own, so a process that is killed leaves at most half a record at its end, and several
 * may write at once; whatever is damaged is passed over.
 */
export class VectorFolder {
  readonly #folder: string;
  readonly #dimensions: number;
  readonly #places = new Map<string, Place>();
  #own: FileHandle | undefined;
  #ownFile = '';
  #ownSize = 0;

  private constructor(folder: string, dimensions: number) {
    this.#folder = folder;
    this.#dimensions = dimensions;
  }

  static async open(folder: string, dimensions: number): Promise<VectorFolder> {
    await mkdir(folder, { recursive: true });
    const vectors = new VectorFolder(folder, dimensions);
    for (const name of (await readdir(folder)).sort())
      if (name.endsWith(extension)) await vectors.#scan(join(folder, name));
    return vectors;
  }

  get size(): number {
    return this.#places.size;
  }

  has(key: string): boolean {
    return this.#places.has(key);
  }

  get #recordBytes(): number {
    return keyBytes + checksumBytes + 4 * this.#dimensions;
  }

  async #scan(file: string): Promise<void> {
    const record = this.#recordBytes;
    const perRead = Math.max(1, Math.floor(readBytes / record));
    const buffer = Buffer.alloc(perRead * record);
    const handle = await open(file, 'r');
    try {
      for (let at = 0; ; at += perRead * record) {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
        const whole = Math.floor(bytesRead / record);
        for (let i = 0; i < whole; i++) {
          const bytes = buffer.subarray(i * record, (i + 1) * record);
          if (isSound(bytes))
            this.#places.set(bytes.toString('latin1', 0, keyBytes), { file, at: at + i * record });
        }
        if (whole < perRead) return;
      }
    } finally {
      await handle.close();
    }
  }

  /** Vectors of keys that are there; undefined for one whose file was damaged or removed meanwhile. */
  async read(keys: readonly string[]): Promise<(Float32Array | undefined)[]> {
    const found = new Map<string, Float32Array>();
    const byFile = new Map<string, { readonly key: string; readonly at: number }[]>();
    for (const key of new Set(keys)) {
      const place = this.#places.get(key);
      if (!place) continue;
      const wanted = byFile.get(place.file) ?? [];
      byFile.set(place.file, wanted);
      wanted.push({ key, at: place.at });
    }
    for (const [file, wanted] of byFile) await this.#readFile(file, wanted, found);
    return keys.map((key) => found.get(key));
  }

  /** Records that lie one after the other are read at once. */
  async #readFile(
    file: string,
    wanted: readonly { readonly key: string; readonly at: number }[],
    found: Map<string, Float32Array>,
  ): Promise<void> {
    const handle = await open(file, 'r').catch(() => undefined);
    if (!handle) return;
    try {
      const record = this.#recordBytes;
      const places = [...wanted].sort((a, b) => a.at - b.at);
      for (let first = 0, end = 0; first < places.length; first = end) {
        const from = places[first]?.at as number;
        for (end = first + 1; end < places.length; end++) {
          const next = places[end]?.at as number;
          if (next !== from + (end - first) * record || next + record - from > readBytes) break;
        }
        const bytes = Buffer.alloc((end - first) * record);
        await handle.read(bytes, 0, bytes.length, from); // what is missing stays zero, and unsound
        for (let i = first; i < end; i++) {
          const key = places[i]?.key as string;
          const vector = this.#parse(bytes.subarray((i - first) * record, (i - first + 1) * record), key);
          if (vector) found.set(key, vector);
        }
      }
    } finally {
      await handle.close();
    }
  }

  #parse(record: Buffer, key: string): Float32Array | undefined {
    if (record.toString('latin1', 0, keyBytes) !== key || !isSound(record)) return undefined;
    const vector = new Float32Array(this.#dimensions);
    for (let i = 0; i < vector.length; i++) vector[i] = record.readFloatLE(keyBytes + checksumBytes + 4 * i);
    return vector;
  }

  /** Appends, and flushes to the disk. */
  async append(keys: readonly string[], vectors: readonly Float32Array[]): Promise<void> {
    if (keys.length === 0) return;
    const record = this.#recordBytes;
    const bytes = Buffer.alloc(keys.length * record);
    keys.forEach((key, row) => {
      const at = row * record;
      bytes.write(key, at, keyBytes, 'latin1');
      const values = vectors[row] as Float32Array;
      values.forEach((value, i) => {
        bytes.writeFloatLE(value, at + keyBytes + checksumBytes + 4 * i);
      });
      bytes.writeUInt32LE(checksumOf(bytes.subarray(at, at + record)), at + keyBytes);
    });
    if (!this.#own) {
      this.#ownFile = join(
        this.#folder,
        `${Date.now()}-${process.pid}-${randomBytes(4).toString('hex')}${extension}`,
      );
      this.#own = await open(this.#ownFile, 'ax');
    }
    await this.#own.appendFile(bytes);
    await this.#own.datasync();
    keys.forEach((key, row) => {
      this.#places.set(key, { file: this.#ownFile, at: this.#ownSize + row * record });
    });
    this.#ownSize += bytes.length;
  }

  async close(): Promise<void> {
    await this.#own?.close();
    this.#own = undefined;
  }
}

/** Of key and values. */
const checksumOf = (record: Buffer): number =>
  crc32(record.subarray(keyBytes + checksumBytes), crc32(record.subarray(0, keyBytes)));

const isSound = (record: Buffer): boolean => record.readUInt32LE(keyBytes) === checksumOf(record);
