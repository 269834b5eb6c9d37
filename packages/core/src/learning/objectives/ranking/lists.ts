import type { Tensor } from '@ragwright/torch';
import { atLeastFloat32 } from '../../batches/embedMiniBatch.ts';
import type { RankingBatch } from '../../batches/rankingBatch.ts';
import { ObjectiveError } from '../errors.ts';
import { checkList } from './checkList.ts';
import { fewestDocuments, teaches } from './teaches.ts';
import type { RankingObjective } from './types.ts';

/** A list from which the loss learns: where its logits begin, and its labels. */
export interface TeachingList {
  /** Place of its document 0 among all documents of the batch. */
  readonly start: number;
  readonly labels: readonly number[];
}

export interface TeachingLists {
  /** [P], or [P, outputs] where the loss wants several; at least float32: losses are never computed in less. */
  readonly scores: Tensor;
  /** At least one. */
  readonly lists: readonly TeachingList[];
}

/**
 * Checks logits and labels against what the loss needs, and leaves out the lists that teach nothing.
 *
 * @param logits [P, outputs], list after list
 * @throws ObjectiveError naming what does not fit, or saying that no list of the batch teaches anything
 */
export function listsOf(
  objective: Pick<RankingObjective, 'name' | 'needs'>,
  logits: Tensor,
  batch: Pick<RankingBatch, 'rows' | 'indexes'>,
): TeachingLists {
  const { lists, documents } = checkLists(objective, batch);
  checkLogits(objective, logits, documents);
  const scores = atLeastFloat32(logits);
  return { scores: objective.needs.outputs === 'several' ? scores : scores.view([-1]), lists };
}

/**
 * Checks the lists of a batch.
 *
 * @returns those that teach, at least one; and the number of documents in all lists
 * @throws ObjectiveError naming the row in the training set, or saying that no list teaches anything
 */
export function checkLists(
  objective: Pick<RankingObjective, 'name' | 'needs'>,
  { rows, indexes }: Pick<RankingBatch, 'rows' | 'indexes'>,
): { readonly lists: readonly TeachingList[]; readonly documents: number } {
  const lists: TeachingList[] = [];
  let documents = 0;
  for (const [i, row] of rows.entries()) {
    checkList(objective, indexes[i] ?? i, row);
    if (teaches(objective.needs, row)) lists.push({ start: documents, labels: row.labels });
    documents += row.documents.length;
  }
  if (lists.length === 0) throw nothingToLearn(objective, rows.length);
  return { lists, documents };
}

/** The error of a batch from which the loss learns nothing. */
function nothingToLearn(
  { name, needs }: Pick<RankingObjective, 'name' | 'needs'>,
  lists: number,
): ObjectiveError {
  const least = fewestDocuments(needs);
  const contrast = needs.contrast ? ' and two different labels' : '';
  return new ObjectiveError({
    objective: name,
    field: 'rows',
    expected: `a list with at least ${least} document${least === 1 ? '' : 's'}${contrast}`,
    got: lists === 0 ? 'an empty batch' : `none in a batch of ${lists}`,
    hint:
      (needs.inBatchNegatives ?? 0) > 0
        ? 'a batch of one list has no in-batch negatives: let the sampler drop it, or give lists negatives of their own'
        : 'leave out such lists before training, or make batches larger',
  });
}

function checkLogits(
  { name, needs }: Pick<RankingObjective, 'name' | 'needs'>,
  { shape }: Tensor,
  documents: number,
): void {
  const several = needs.outputs === 'several';
  const outputs = several ? Math.max(2, shape[1] ?? 0) : (needs.outputs ?? 1);
  if (String(shape) === String([documents, outputs])) return;
  const expected = `logits [${documents}, ${several ? 'outputs, at least 2' : outputs}], a row for each document`;
  throw new ObjectiveError({ objective: name, expected, got: `[${shape}]` });
}
