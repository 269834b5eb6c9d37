import { fromTypedArray, type Tensor } from '@ragwright/torch';
import type { EmbeddingBatch } from '../batches/types.ts';
import { ObjectiveError } from './errors.ts';

/**
 * The rows' scores, float64: [B] for `width` 1, else [B, width].
 *
 * @throws ObjectiveError naming the first row whose scores are missing, too few, too many, or not finite
 */
export function scoresOf(objective: string, batch: EmbeddingBatch, width: number): Tensor {
  const { rows, indexes } = batch;
  const values = new Float64Array(rows.length * width);
  for (const [i, { scores }] of rows.entries()) {
    checkScores(objective, indexes[i] ?? i, scores, width);
    values.set(scores as readonly number[], i * width);
  }
  return fromTypedArray(values, width === 1 ? [rows.length] : [rows.length, width]);
}

/** 1 or 0 for each row: [B], in the type and on the device of `like`. @throws ObjectiveError for any other score */
export function binaryScoresOf(objective: string, batch: EmbeddingBatch, like: Tensor): Tensor {
  for (const [i, { scores }] of batch.rows.entries()) {
    checkBinaryScore(objective, batch.indexes[i] ?? i, scores);
  }
  return scoresOf(objective, batch, 1).to(like.dtype).to(like.device);
}

export function checkBinaryScore(
  objective: string,
  row: number,
  scores: readonly number[] | undefined,
): void {
  checkScores(objective, row, scores, 1);
  const got = scores?.[0];
  if (got === 0 || got === 1) return;
  throw new ObjectiveError({
    objective,
    row,
    field: 'scores',
    expected: '1 for a pair that belongs together, 0 for one that does not',
    got: String(got),
    hint: 'for graded pairs use CoSENT',
  });
}

/** @param width how many scores a row must have: 1 for the pair, else one of the positive and each negative */
export function checkScores(
  objective: string,
  row: number,
  scores: readonly number[] | undefined,
  width: number,
): void {
  const expected =
    width === 1 ? 'one score, of the pair' : `${width} scores, of the positive and each hard negative`;
  const fault = (got: string) => new ObjectiveError({ objective, row, field: 'scores', expected, got });
  if (!scores) throw fault('none');
  if (scores.length !== width) throw fault(String(scores.length));
  const bad = scores.find((score) => !Number.isFinite(score));
  if (bad !== undefined) throw fault(String(bad));
}
