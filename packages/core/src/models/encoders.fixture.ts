import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scope, type Tensor } from '@ragwright/torch';
import { openSafetensors, type SafetensorsFile } from '@ragwright/torch/safetensors';
import { expect } from 'vitest';

// Golden files: scripts/golden-encoders.py
export const goldenNames = [
  'roberta',
  'xlm-roberta',
  'mpnet',
  'distilbert',
  'modernbert',
  'modernbert-bias',
] as const;

export type GoldenName = (typeof goldenNames)[number];

export const goldenFolder = (name: string): string =>
  fileURLToPath(new URL(`../../golden/encoders/${name}`, import.meta.url));

/** Token ids by case. */
export const goldenCases = (name: string): Record<string, number[][]> =>
  JSON.parse(readFileSync(join(goldenFolder(name), 'cases.json'), 'utf8')) as Record<string, number[][]>;

export const goldenConfig = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(goldenFolder(name), 'config.json'), 'utf8')) as Record<string, unknown>;

export const openGolden = (name: string): SafetensorsFile =>
  openSafetensors(join(goldenFolder(name), 'golden.safetensors'));

/** Largest absolute difference from a golden tensor of the same shape. */
export function difference(actual: Tensor, golden: SafetensorsFile, name: string): number {
  return scope(() => {
    const want = golden.tensor(name);
    expect(actual.shape, name).toEqual(want.shape);
    return Number(actual.sub(want).abs().max().item());
  });
}
