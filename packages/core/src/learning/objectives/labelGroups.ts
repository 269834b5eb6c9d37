import { cat, fromTypedArray, type Tensor } from '@ragwright/torch';
import type { EmbeddingBatch } from '../batches/types.ts';
import { columnsOf } from './columns.ts';
import { type Distance, distanceMatrix } from './distance.ts';
import { checkLabel } from './labels.ts';
import { knownPositives, mask } from './masks.ts';
import type { EmbeddingObjective } from './types.ts';

/*
 * Losses on groups of texts look at all n = 2B texts of a batch, queries and positives, each with the label of its row,
 * and not at who was whose positive. (sentence-transformers has one column of texts; rows whose query is their positive
 * give the same loss.) Hard negatives have no label and are not accepted.
 */

export const groupNeeds = { label: true, maxNegatives: 0 } as const;

/** The texts of a batch by label. */
export interface LabelGroups {
  /** n = 2B: queries, then positives. */
  readonly size: number;
  /** Each text to each other, [n, n]. */
  readonly distances: Tensor;
  /** Same label, another text. */
  isPositive(i: number, j: number): boolean;
  /** Another label, unless the batch knows that the two belong together. */
  isNegative(i: number, j: number): boolean;
}

/** @throws ObjectiveError for columns or labels that are missing */
export function labelGroups(
  objective: Pick<EmbeddingObjective, 'name' | 'needs'>,
  embeddings: readonly Tensor[],
  batch: EmbeddingBatch,
  distance: Distance,
): LabelGroups {
  const { anchors, positives, rows } = columnsOf(objective, embeddings, batch);
  for (const [i, { label }] of batch.rows.entries()) {
    checkLabel(objective.name, batch.indexes[i] ?? i, label);
  }
  const labels = [...batch.rows, ...batch.rows].map(({ label }) => label);
  const texts = [...batch.rows.map(({ query }) => query), ...batch.rows.map(({ positive }) => positive)];
  const known = knownPositives(objective.name, batch, rows, 2);
  const belong = (i: number, j: number): boolean => known?.(i % rows, j % rows) ?? false;
  return {
    size: 2 * rows,
    distances: distanceMatrix(cat([anchors, positives], 0), distance),
    isPositive: (i, j) => labels[i] === labels[j] && texts[i] !== texts[j],
    isNegative: (i, j) => labels[i] !== labels[j] && texts[i] !== texts[j] && !belong(i, j) && !belong(j, i),
  };
}

/** bool [n, n]: where `holds` does not. */
export const unless = ({ size, distances }: LabelGroups, holds: (i: number, j: number) => boolean): Tensor =>
  mask(size, size, (i, j) => !holds(i, j)).to(distances.device);

/** Anchors with a positive, each pair once for each anchor. */
export interface AnchorPositives {
  /** How many, M. */
  readonly count: number;
  /** d(a, p), [M, 1] */
  readonly near: Tensor;
  /** Distances of the anchor to all texts, [M, n]. */
  readonly far: Tensor;
  /** bool [M, n]: what is no negative of the anchor. */
  readonly noNegative: Tensor;
  /** Whether the anchor of the pair has a negative. */
  readonly hasNegative: readonly boolean[];
}

/** Undefined if there is none. */
export function anchorPositives(groups: LabelGroups): AnchorPositives | undefined {
  const { size, distances, isPositive, isNegative } = groups;
  const all = Array.from({ length: size }, (_, i) => i);
  const pairs = all.flatMap((i) => all.filter((j) => isPositive(i, j)).map((j) => [i, j] as const));
  if (pairs.length === 0) return undefined;
  const rows = index(
    pairs.map(([i]) => i),
    distances,
  );
  const near = distances.flatten().indexSelect(
    0,
    index(
      pairs.map(([i, j]) => i * size + j),
      distances,
    ),
  );
  const found = all.map((i) => all.some((j) => isNegative(i, j)));
  return {
    count: pairs.length,
    near: near.unsqueeze(1),
    far: distances.indexSelect(0, rows),
    noNegative: unless(groups, isNegative).indexSelect(0, rows),
    hasNegative: pairs.map(([i]) => found[i] as boolean),
  };
}

const index = (places: readonly number[], { device }: Tensor): Tensor =>
  fromTypedArray(BigInt64Array.from(places, BigInt), [places.length], { device });
