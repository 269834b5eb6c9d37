import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MultiVector } from './types.ts';

// Golden files: scripts/golden-multivector.py
const golden = fileURLToPath(new URL('../../../golden/multivector', import.meta.url));

/** Saved by sentence-transformers 6: different encoders, dense layers, expansions and skiplists. */
export const goldenFolder = (name: string): string => join(golden, name);

type Vectors = readonly (readonly (readonly number[])[])[];

export const cases = JSON.parse(readFileSync(join(golden, 'cases.json'), 'utf8')) as {
  readonly queries: readonly string[];
  readonly documents: readonly string[];
  readonly models: readonly {
    readonly name: string;
    readonly queries: Vectors;
    readonly documents: Vectors;
    readonly scores: readonly (readonly number[])[];
  }[];
};

/** A copy of a golden model with other files: by name, undefined removes one. */
export function variant(folder: string, files: Readonly<Record<string, unknown>>, name = 'bert'): string {
  const copy = join(folder, 'variant');
  cpSync(goldenFolder(name), copy, { recursive: true });
  for (const [file, content] of Object.entries(files)) {
    if (content === undefined) rmSync(join(copy, file), { recursive: true });
    else writeFileSync(join(copy, file), JSON.stringify(content));
  }
  return copy;
}

/** Largest absolute difference; infinite if there are more or fewer vectors. */
export function difference(actual: readonly MultiVector[], expected: Vectors): number {
  let worst = actual.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
  expected.forEach((vectors, i) => {
    const { data } = actual[i] ?? { data: new Float32Array() };
    const wanted = vectors.flat();
    if (data.length !== wanted.length) worst = Number.POSITIVE_INFINITY;
    wanted.forEach((x, k) => {
      worst = Math.max(worst, Math.abs(x - (data[k] ?? Number.NaN)));
    });
  });
  return worst;
}
