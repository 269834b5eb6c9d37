import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Golden files: scripts/golden-embedding.py
const golden = fileURLToPath(new URL('../../../golden/embedding', import.meta.url));

/** Saved by sentence-transformers 6: mean pooling, Dense 16 → 8 with tanh, Normalize, prompts. */
export const goldenModel = join(golden, 'model');

type Vectors = readonly (readonly number[])[];

export const cases = JSON.parse(readFileSync(join(golden, 'cases.json'), 'utf8')) as {
  readonly texts: readonly string[];
  readonly pooling: readonly { readonly modes: string | string[]; readonly vectors: Vectors }[];
  readonly prompts: readonly { readonly mode: string; readonly vectors: Vectors }[];
  readonly query: Vectors;
  readonly document: Vectors;
  readonly default: Vectors;
};

/** An empty folder that is removed when the test is over. */
export function temporaryFolder(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'ragwright-embedding-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A copy of the golden model with other JSON files: by name, undefined removes one. */
export function variant(folder: string, files: Readonly<Record<string, unknown>>): string {
  const copy = join(folder, 'variant');
  cpSync(goldenModel, copy, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    if (content === undefined) rmSync(join(copy, name), { recursive: true });
    else writeFileSync(join(copy, name), JSON.stringify(content));
  }
  return copy;
}

/** Largest absolute difference. */
export function difference(actual: readonly Float32Array[], expected: Vectors): number {
  let worst = actual.length === expected.length ? 0 : Number.POSITIVE_INFINITY;
  expected.forEach((row, i) => {
    if (actual[i]?.length !== row.length) worst = Number.POSITIVE_INFINITY;
    row.forEach((x, j) => {
      worst = Math.max(worst, Math.abs(x - (actual[i]?.[j] ?? Number.NaN)));
    });
  });
  return worst;
}
