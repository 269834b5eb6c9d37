import type { EmbeddingBatch, TrainingPair } from '../batches/types.ts';
import { checkColumns, checkRows, leastRows } from './columns.ts';
import { ObjectiveError } from './errors.ts';
import { checkLabel } from './labels.ts';
import { checkBinaryScore, checkScores } from './scores.ts';
import type { EmbeddingObjective } from './types.ts';

/**
 * Checks before training that every row has what the loss needs, so that nothing fails in the middle of a run.
 *
 * @throws ObjectiveError naming the first row at fault and its field
 */
export function checkTrainingRows(
  { name, needs }: Pick<EmbeddingObjective, 'name' | 'needs'>,
  rows: readonly TrainingPair[],
): void {
  const negatives = rows[0]?.negatives?.length ?? 0;
  checkColumns({ name, needs }, negatives + 2);
  const least = leastRows(needs, negatives);
  if (rows.length < least) {
    const expected = `at least ${least} training row${least === 1 ? '' : 's'}`;
    throw new ObjectiveError({ objective: name, field: 'rows', expected, got: `${rows.length}` });
  }
  for (const [row, pair] of rows.entries()) {
    const got = pair.negatives?.length ?? 0;
    if (got !== negatives) {
      const expected = `${negatives}, as in row 0`;
      throw new ObjectiveError({ objective: name, row, field: 'negatives', expected, got: String(got) });
    }
    checkRow(name, needs, row, pair, negatives + 1);
  }
  if (needs.scores === 'pair' || needs.scores === 'binary') checkSpread(name, rows);
  if (needs.label) checkGroups(name, rows);
}

/** @param candidates positive and hard negatives */
function checkRow(
  name: string,
  { scores, label }: EmbeddingObjective['needs'],
  row: number,
  pair: TrainingPair,
  candidates: number,
): void {
  if (label) checkLabel(name, row, pair.label);
  if (scores === 'binary') checkBinaryScore(name, row, pair.scores);
  else if (scores) checkScores(name, row, pair.scores, scores === 'pair' ? 1 : candidates);
}

/**
 * Checks one batch before anything is computed.
 *
 * @param guided whether a guide will give its embeddings
 * @throws ObjectiveError naming what is missing, and the row where there is one
 */
export function checkBatch(
  { name, needs }: Pick<EmbeddingObjective, 'name' | 'needs'>,
  { rows, columns, indexes, guide }: EmbeddingBatch,
  guided: boolean,
): void {
  checkColumns({ name, needs }, columns.length);
  checkRows({ name, needs }, rows.length, columns.length);
  if (needs.guide && !guided && !guide) {
    const hint = 'give the training step a guide model';
    throw new ObjectiveError({
      objective: name,
      field: 'guide',
      expected: 'embeddings of a guide',
      got: 'none',
      hint,
    });
  }
  for (const [i, row] of rows.entries()) checkRow(name, needs, indexes[i] ?? i, row, columns.length - 1);
}

/** Where all pairs have the same score, there is nothing to tell apart. */
function checkSpread(objective: string, rows: readonly TrainingPair[]): void {
  const first = rows[0]?.scores?.[0];
  if (rows.some(({ scores }) => scores?.[0] !== first)) return;
  throw new ObjectiveError({
    objective,
    field: 'scores',
    expected: 'at least two different scores',
    got: `${first} in all rows`,
    hint: 'for pairs without graded labels use MultipleNegativesRanking',
  });
}

/** Where all rows are of one group, nothing is a negative. */
function checkGroups(objective: string, rows: readonly TrainingPair[]): void {
  const first = rows[0]?.label;
  if (rows.some(({ label }) => label !== first)) return;
  throw new ObjectiveError({
    objective,
    field: 'label',
    expected: 'at least two different labels',
    got: `${JSON.stringify(first)} in all rows`,
    hint: 'for pairs without groups use MultipleNegativesRanking',
  });
}
