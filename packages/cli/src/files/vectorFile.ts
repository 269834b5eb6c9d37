import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { UsageError } from '../command/errors.ts';
import { npyWriter } from './npy.ts';

/** Takes vectors in order; the file appears, complete, when it is closed. */
export interface VectorFile {
  write(vectors: readonly Float32Array[], ids: readonly (string | number)[]): Promise<void>;
  close(): Promise<void>;
  /** Leaves nothing behind; does nothing after `close`. */
  abandon(): Promise<void>;
}

/** What a name's ending says; @throws UsageError */
export function checkVectorFile(file: string): 'npy' | 'jsonl' {
  const ending = extname(file).toLowerCase();
  if (ending === '.npy') return 'npy';
  if (ending === '.jsonl') return 'jsonl';
  throw new UsageError(`--output ${file}: vectors are written as .npy or .jsonl`);
}

export async function vectorFile(file: string, dimensions: number): Promise<VectorFile> {
  const kind = checkVectorFile(file);
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  const writer = kind === 'npy' ? await npyWriter(temporary, dimensions) : await jsonLinesWriter(temporary);
  let open = true;
  return {
    write: writer.write,
    async close() {
      await writer.close();
      await rename(temporary, file);
      open = false;
    },
    async abandon() {
      if (!open) return;
      open = false;
      await writer.close();
      await rm(temporary, { force: true });
    },
  };
}

async function jsonLinesWriter(file: string): Promise<Omit<VectorFile, 'abandon'>> {
  const handle = await open(file, 'w');
  return {
    async write(vectors, ids) {
      const lines = vectors.map(
        (vector, i) => `${JSON.stringify({ id: ids[i], vector: shortened(vector) })}\n`,
      );
      await handle.write(lines.join(''));
    },
    async close() {
      await handle.sync();
      await handle.close();
    },
  };
}

/** The shortest digits that give the same float32 again. */
const shortened = (vector: Float32Array): number[] =>
  Array.from(vector, (value) => {
    for (let digits = 6; digits < 9; digits++) {
      const short = Number(value.toPrecision(digits));
      if (Math.fround(short) === value) return short;
    }
    return Number(value.toPrecision(9));
  });
