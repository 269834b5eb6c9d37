import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { QueryPassage } from './types.ts';

// Golden files: scripts/golden-crossencoder.py
const golden = fileURLToPath(new URL('../../../golden/crossencoder', import.meta.url));

export const goldenCrossEncoder = (name: string): string => join(golden, name);

type Rows = readonly (readonly number[])[];

export const cases = JSON.parse(readFileSync(join(golden, 'cases.json'), 'utf8')) as {
  readonly pairs: readonly QueryPassage[];
  readonly models: Readonly<
    Record<string, { readonly scores: Rows; readonly logits: Rows; readonly tokens: Rows }>
  >;
  readonly logitScore: { readonly logits: Rows; readonly both: Rows; readonly one: Rows };
};

export const goldenNames = Object.keys(cases.models);
