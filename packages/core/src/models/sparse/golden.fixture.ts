import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SparseVector } from './types.ts';

// Golden files: scripts/golden-sparse.py
const golden = fileURLToPath(new URL('../../../golden/sparse', import.meta.url));

/** Saved by sentence-transformers 6: a masked language model and SpladePooling, one of each architecture. */
export const goldenFolder = (name: string): string => join(golden, name);

/** [index, weight] of what is not 0. */
type Pairs = readonly (readonly [number, number])[];

export const cases = JSON.parse(readFileSync(join(golden, 'cases.json'), 'utf8')) as {
  readonly texts: readonly string[];
  readonly models: readonly {
    readonly name: string;
    readonly pooling: string;
    readonly activation: string;
    readonly vectors: readonly Pairs[];
    readonly query: readonly Pairs[];
    readonly top5: readonly Pairs[];
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

/** Largest difference of weights, absolute and relative above 1; what only one of them has counts as 0 in the other. */
export function difference(actual: readonly SparseVector[], expected: readonly Pairs[]): number {
  let worst = actual.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
  expected.forEach((pairs, i) => {
    const { indices = [], values = [] } = actual[i] ?? {};
    const got = new Map(Array.from(indices, (index, k) => [index, values[k] as number]));
    for (const [index, weight] of pairs) {
      worst = Math.max(worst, Math.abs(weight - (got.get(index) ?? 0)) / Math.max(1, weight));
      got.delete(index);
    }
    for (const weight of got.values()) worst = Math.max(worst, Math.abs(weight));
  });
  return worst;
}
