import { open } from 'node:fs/promises';
import { CommandError } from '../command/errors.ts';

/**
 * Header of a NumPy file (format 1.0, NEP 1): float32, little-endian, C order. Padded so that the data start at a
 * multiple of 64.
 */
export function npyHeader(shape: readonly number[]): Buffer {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const description = `{'descr': '<f4', 'fortran_order': False, 'shape': (${sizes}), }`;
  const start = 10; // magic, version, length of what follows
  const padded = description.padEnd(Math.ceil((start + description.length + 1) / 64) * 64 - start - 1);
  const header = Buffer.alloc(start + padded.length + 1);
  header.write('\u0093NUMPY', 'latin1');
  header.writeUInt8(1, 6);
  header.writeUInt8(0, 7);
  header.writeUInt16LE(padded.length + 1, 8);
  header.write(`${padded}\n`, start, 'latin1');
  return header;
}

/** Writes rows of numbers to a .npy file as they come; the number of rows goes into the header at the end. */
export interface NpyWriter {
  write(rows: readonly Float32Array[]): Promise<void>;
  /** Completes the header. */
  close(): Promise<void>;
}

/** A header for up to 2⁵³ rows has the same length as the one for the real number. */
const ROOM = 128;

/** @param columns length of every row */
export async function npyWriter(file: string, columns: number): Promise<NpyWriter> {
  const handle = await open(file, 'w');
  let rows = 0;
  await handle.write(headerOf(0, columns));
  return {
    async write(batch) {
      const data = new Float32Array(batch.length * columns);
      batch.forEach((row, i) => {
        if (row.length !== columns)
          throw new CommandError(`${file}: a row of ${row.length} numbers among rows of ${columns}`);
        data.set(row, i * columns);
      });
      await handle.write(littleEndian(data));
      rows += batch.length;
    },
    async close() {
      await handle.write(headerOf(rows, columns), 0, ROOM, 0);
      await handle.sync();
      await handle.close();
    },
  };
}

/** Of {@link ROOM} bytes, whatever the number of rows. */
function headerOf(rows: number, columns: number): Buffer {
  const header = npyHeader([rows, columns]);
  if (header.length === ROOM) return header;
  throw new CommandError(`a .npy header of ${header.length} bytes was not foreseen`);
}

function littleEndian(data: Float32Array): Buffer {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const isLittle = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
  return isLittle ? bytes : bytes.swap32();
}
