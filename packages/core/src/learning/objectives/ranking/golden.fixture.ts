import { readFileSync } from 'node:fs';
import { type NestedNumbers, scope, tensor } from '@ragwright/torch';
import { expect } from 'vitest';
import type { LabelledList, RankingBatch } from '../../batches/rankingBatch.ts';
import '../slopes.fixture.ts';
import { makeRankingObjective, type RankingObjectiveName } from './byName.ts';

/** packages/core/golden/ranking/losses.json, which scripts/golden-ranking.py wrote. */
export interface GoldenCase {
  readonly loss: RankingObjectiveName;
  readonly name: string;
  readonly source: 'sentence-transformers' | 'formula';
  readonly options: Readonly<Record<string, unknown>>;
  readonly outputs: number;
  readonly labels: readonly (readonly number[])[];
  readonly logits: NestedNumbers;
  readonly value: number;
  /** dL/d(logits), flattened. */
  readonly gradient: readonly number[];
}

const file = new URL('../../../../golden/ranking/losses.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as readonly GoldenCase[];

export const goldenCases = (loss: string): GoldenCase[] => golden.filter((one) => one.loss === loss);

/** Compares value and gradient with the golden ones, in float64 and in float32. */
export function expectGolden({ loss, options, outputs, labels, logits, value, gradient }: GoldenCase): void {
  const objective = makeRankingObjective({ name: loss, ...options });
  for (const [dtype, tolerance] of [
    ['float64', 1e-8],
    ['float32', 2e-5],
  ] as const) {
    scope(() => {
      const leaf = tensor(logits, { dtype }).view([-1, outputs]).requiresGrad_();
      const result = objective.loss(leaf, batchFor(listsWith(labels)));
      expect(result.shape).toEqual([]);
      expect(Number(result.item()), `${dtype} loss`).toBeCloseToNumber(value, tolerance);
      result.backward();
      Array.from(leaf.grad?.data() ?? [], Number).forEach((slope, k) => {
        expect(slope, `${dtype} gradient at ${k}`).toBeCloseToNumber(gradient[k] as number, tolerance);
      });
    });
  }
}

/** A batch of lists; rows of the training set from 10 on. Losses don't look at tokens. */
export function batchFor(rows: readonly LabelledList[]): RankingBatch {
  const sequences = rows.flatMap(({ documents }) => documents.map(() => Int32Array.of(1)));
  return { rows, sequences, tokenCount: sequences.length, indexes: rows.map((_, i) => 10 + i) };
}

/** Lists with these labels, as many documents each as there are. */
export const listsWith = (labels: readonly (readonly number[])[]): LabelledList[] =>
  labels.map((each, i) => ({
    query: `query ${i}`,
    documents: each.map((_, k) => `document ${k} of ${i}`),
    labels: each,
  }));
