import { fromTypedArray, type Tensor } from '@ragwright/torch';
import type { EmbeddingBatch } from '../batches/types.ts';
import { ObjectiveError } from './errors.ts';

/*
 * Which entries of the similarity matrices must not count as negatives. Rows are the anchors' rows i. A document is
 * a false negative of anchor i if it is one of its known positives (other than the row's own), see
 * `EmbeddingBatch.falseNegatives`; two queries are, if a known positive of the one stands in the other's row.
 */

/** Whether document j of the flattened [positives, negatives 1, …] is a known positive of anchor i. */
export type IsPositive = (i: number, j: number) => boolean;

/** Undefined if the batch knows of no false negatives. A row's own positive is never one. */
export function knownPositives(
  objective: string,
  batch: EmbeddingBatch,
  rows: number,
  columns: number,
): IsPositive | undefined {
  const flags = batch.falseNegatives;
  if (!flags) return undefined;
  const width = rows * (columns - 1);
  if (flags.length !== rows * width) {
    const expected = `${rows} × ${width} flags`;
    throw new ObjectiveError({ objective, field: 'falseNegatives', expected, got: `${flags.length}` });
  }
  return (i, j) => i !== j && flags[i * width + j] === 1;
}

/** Anchor i against document j: [B, B·(columns − 1)]. */
export const queryToDoc = (
  known: IsPositive | undefined,
  rows: number,
  columns: number,
): Tensor | undefined => known && mask(rows, rows * (columns - 1), known);

/** Positive of row i against anchor j: [B, B]. */
export const docToQuery = (known: IsPositive | undefined, rows: number): Tensor | undefined =>
  known && mask(rows, rows, (i, j) => known(j, i));

/** Anchor i against anchor j: [B, B]; itself too. */
export const queryToQuery = (known: IsPositive | undefined, rows: number, self = true): Tensor =>
  mask(rows, rows, (i, j) => (self && i === j) || (known?.(i, j) ?? false) || (known?.(j, i) ?? false));

/**
 * Positive of row i against document j: [B, B·(columns − 1)]; documents of the same row too. Two positives are false
 * negatives of each other if they answer the same anchor.
 */
export const docToDoc = (known: IsPositive | undefined, rows: number, columns: number, self = true): Tensor =>
  mask(rows, rows * (columns - 1), (i, j) => {
    if (self && j % rows === i) return true;
    return (known?.(i, j) ?? false) || (j < rows && (known?.(j, i) ?? false));
  });

/** bool [rows, width] */
export function mask(rows: number, width: number, masked: (i: number, j: number) => boolean): Tensor {
  const flags = new Uint8Array(rows * width);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < width; j++) if (masked(i, j)) flags[i * width + j] = 1;
  }
  const bytes = fromTypedArray(flags, [rows, width]);
  return bytes.to('bool');
}

/** The entries where `masked` is set to −∞: no probability, no gradient. */
export const withoutMasked = (scores: Tensor, masked: Tensor | undefined): Tensor =>
  masked ? scores.maskedFill(masked.to(scores.device), Number.NEGATIVE_INFINITY) : scores;
