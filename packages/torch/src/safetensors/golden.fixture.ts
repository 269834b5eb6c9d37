import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../golden/safetensors/', import.meta.url));

/** Path of a golden file. */
export const golden = (name: string): string => join(folder, name);

export const goldenJson = <T>(name: string): T => JSON.parse(readFileSync(golden(name), 'utf8')) as T;

/** What `golden-safetensors.py` recorded about each tensor of dtypes.safetensors. */
export interface GoldenTensor {
  readonly dtype: string;
  readonly shape: number[];
  readonly hex: string;
  /** Row-major; 64-bit integers as strings, complex numbers as two entries each; null for F4. */
  readonly values: (number | boolean | string)[] | null;
}

interface HandMade {
  readonly name: string;
  readonly accepted: boolean;
  readonly base64?: string;
  /** The content in pieces: base64 and how often it is repeated. */
  readonly runs?: readonly (readonly [string, number])[];
}

interface Mutant {
  readonly base: number;
  readonly edits: readonly (readonly [position: number, deleted: number, inserted: string])[];
  readonly accepted: boolean;
}

export interface Case {
  readonly name: string;
  readonly content: Buffer;
  /** Whether the reference implementation reads it. */
  readonly accepted: boolean;
}

interface Verdicts {
  readonly handMade: readonly HandMade[];
  readonly bases: readonly string[];
  readonly mutants: readonly Mutant[];
}

const decode = (base64: string): Buffer => Buffer.from(base64, 'base64');

/** The files on which the reference implementation's verdict was recorded. */
export function verdicts(): { handMade: Case[]; mutants: Case[] } {
  const { handMade, bases, mutants } = goldenJson<Verdicts>('verdicts.json');
  return {
    handMade: handMade.map(({ name, accepted, base64 = '', runs }) => {
      const pieces = runs?.flatMap(([piece, times]) => Array<Buffer>(times).fill(decode(piece)));
      return { name, accepted, content: pieces ? Buffer.concat(pieces) : decode(base64) };
    }),
    mutants: mutants.map(({ base, edits, accepted }, i) => {
      let content = decode(bases[base] as string);
      for (const [position, deleted, inserted] of edits) {
        const rest = content.subarray(position + deleted);
        content = Buffer.concat([content.subarray(0, position), decode(inserted), rest]);
      }
      return { name: `mutant ${i}`, accepted, content };
    }),
  };
}

/** A folder that is removed when the block ends. */
export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'safetensors-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** Assembles a file: length field, header, data. */
export function fileOf(header: unknown, data: Uint8Array = new Uint8Array(0)): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

/** What `fn` throws. */
export function thrownBy(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Repeatable random numbers (mulberry32): integers from 0 to below `limit`. */
export function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
