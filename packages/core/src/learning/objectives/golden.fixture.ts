import { readFileSync } from 'node:fs';
import { type NestedNumbers, scope, type Tensor, tensor } from '@ragwright/torch';
import { expect } from 'vitest';
import type { EmbeddingBatch, TrainingPair } from '../batches/types.ts';
import { expectSlopes } from './slopes.fixture.ts';
import type { EmbeddingObjective } from './types.ts';

/** packages/core/golden/objectives/losses.json, which scripts/golden-objectives.py wrote. */
export interface GoldenCase {
  readonly loss: string;
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly columns: number;
  readonly value: number;
  /** dL/d(embeddings) of each column; 1 column: it is query and positive at once. */
  readonly gradients: readonly (readonly (readonly number[])[])[];
  readonly scores?: 'pair' | 'candidates';
  /** Instead of the file's. */
  readonly pair?: readonly number[];
  /** Each row's group. */
  readonly labels?: readonly number[];
  readonly known?: boolean;
  /** Only so many leading numbers of each embedding are used. */
  readonly cut?: number;
  /** The loss that a wrapper wraps. */
  readonly inner?: string;
}

interface Golden {
  readonly embeddings: readonly (readonly (readonly number[])[])[];
  readonly guide: readonly (readonly (readonly number[])[])[];
  readonly pair: readonly number[];
  readonly candidates: readonly (readonly number[])[];
  readonly known: readonly number[];
  readonly cases: readonly GoldenCase[];
}

const file = new URL('../../../golden/objectives/losses.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;

export const goldenCases = (loss: string): GoldenCase[] => golden.cases.filter((one) => one.loss === loss);

/** Compares value and gradients with the golden ones, in float64 and in float32. */
export function expectGolden(objective: EmbeddingObjective, wanted: GoldenCase): void {
  for (const [dtype, tolerance] of [
    ['float64', 1e-8],
    ['float32', 2e-5],
  ] as const) {
    scope(() => {
      const leaves = golden.embeddings.slice(0, wanted.columns).map((rows) => {
        return tensor(rows as NestedNumbers, { dtype, requiresGrad: true });
      });
      const used = leaves.map((leaf) => (wanted.cut ? leaf.narrow(1, 0, wanted.cut) : leaf));
      const [only] = used;
      const given = wanted.columns === 1 && only ? [only, only] : used;
      const loss = objective.loss(given, batchOf(wanted));
      expect(loss.shape).toEqual([]);
      expect(Number(loss.item()), `${dtype} loss`).toBeCloseToNumber(wanted.value, tolerance);
      loss.backward();
      for (const [i, leaf] of leaves.entries()) {
        const actual = Array.from(leaf.grad?.data() ?? [], Number);
        const expected = (wanted.gradients[i] as readonly (readonly number[])[]).flat();
        actual.forEach((value, k) => {
          expect(value, `${dtype} gradient of column ${i} at ${k}`).toBeCloseToNumber(
            expected[k] as number,
            tolerance,
          );
        });
      }
    });
  }
}

function batchOf(wanted: GoldenCase): EmbeddingBatch {
  const { columns, scores, known, loss, inner, labels, pair = golden.pair } = wanted;
  const rows = pair.map((score, i): TrainingPair => {
    const negatives = Array.from({ length: Math.max(0, columns - 2) }, (_, k) => `n${k}.${i}`);
    const candidates = golden.candidates[i]?.slice(0, columns - 1) ?? [];
    const own = scores === 'pair' ? [score] : candidates;
    const label = labels?.[i];
    return {
      query: `q${i}`,
      positive: columns === 1 ? `q${i}` : `p${i}`,
      negatives,
      ...(scores && { scores: own }),
      ...(label !== undefined && { label }),
    };
  });
  const guided = [loss, inner].includes('gist');
  return {
    ...batchFor(rows),
    ...(known && { falseNegatives: Uint8Array.from(golden.known) }),
    ...(guided && { guide: golden.guide.slice(0, columns).map((guide) => tensor(guide as NestedNumbers)) }),
  };
}

/** A batch of rows without tokens: losses don't look at them. */
export function batchFor(rows: readonly TrainingPair[]): EmbeddingBatch {
  return { rows, columns: [], tokenCount: 0, indexes: rows.map((_, i) => 10 + i) };
}

/** Rows with so many negatives each, and perhaps scores and labels. */
export function rowsWith(
  count: number,
  negatives = 0,
  scores?: (row: number) => number[],
  label?: (row: number) => string | number,
): TrainingPair[] {
  return Array.from({ length: count }, (_, i) => ({
    query: `query ${i}`,
    positive: `positive ${i}`,
    ...(negatives > 0 && { negatives: Array.from({ length: negatives }, (_, k) => `negative ${k} of ${i}`) }),
    ...(scores && { scores: scores(i) }),
    ...(label && { label: label(i) }),
  }));
}

/** Checks the gradients of a loss against differences of its value, in float64. */
export const expectTrueGradients = (
  objective: EmbeddingObjective,
  columns: readonly Tensor[],
  batch: EmbeddingBatch,
): void => expectSlopes((embeddings) => objective.loss(embeddings, batch), columns);
