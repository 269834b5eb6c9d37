import type { LabelledList, RankingBatch } from '../../batches/rankingBatch.ts';
import { ObjectiveError } from '../errors.ts';
import { checkList } from './checkList.ts';
import { checkLists } from './lists.ts';
import { fewestDocuments, hasContrast, teaches } from './teaches.ts';
import type { RankingNeeds, RankingObjective } from './types.ts';

/** What a loss will see of a training set. */
export interface RankingRowsSummary {
  readonly lists: number;
  /** Pairs of a query and a document. */
  readonly documents: number;
  /** Lists that teach this loss nothing, and are left out: too few documents, or all labels equal. */
  readonly skipped: number;
}

/**
 * Checks before training that every list has what the loss needs, and that there is something to learn in them, so that
 * nothing fails in the middle of a run.
 *
 * @throws ObjectiveError naming the first row at fault, its field and document; or saying why nothing can be learned
 */
export function checkRankingRows(
  objective: Pick<RankingObjective, 'name' | 'needs'>,
  rows: readonly LabelledList[],
): RankingRowsSummary {
  const { name, needs } = objective;
  if (rows.length === 0) {
    throw new ObjectiveError({ objective: name, field: 'rows', expected: 'training rows', got: 'none' });
  }
  let documents = 0;
  for (const [i, row] of rows.entries()) {
    checkList(objective, i, row);
    documents += row.documents.length;
  }
  // In a batch of several lists, in-batch negatives stand behind each.
  const own =
    (needs.inBatchNegatives ?? 0) > 0 && rows.length > 1 ? { ...needs, inBatchNegatives: 0 } : needs;
  const skipped = rows.filter((row) => !teaches(own, row)).length;
  if (skipped === rows.length) throw nothingInSet(objective, own);
  if (needs.labels !== 'positive-first') checkSpread(objective, rows);
  return { lists: rows.length, documents, skipped };
}

/**
 * Checks one batch before anything is computed: labels, a token sequence for each document, something to learn.
 *
 * @throws ObjectiveError naming the row in the training set, the field and the document
 */
export function checkRankingBatch(
  objective: Pick<RankingObjective, 'name' | 'needs'>,
  batch: Pick<RankingBatch, 'rows' | 'sequences' | 'indexes'>,
): void {
  const { documents } = checkLists(objective, batch);
  const { length } = batch.sequences;
  if (length === documents) return;
  throw new ObjectiveError({
    objective: objective.name,
    field: 'sequences',
    expected: `${documents} token sequences, one for each document`,
    got: String(length),
  });
}

function nothingInSet(
  { name, needs: { inBatchNegatives = 0 } }: Pick<RankingObjective, 'name' | 'needs'>,
  needs: RankingNeeds,
): ObjectiveError {
  const contrast = needs.contrast ? ' and two different labels' : '';
  return new ObjectiveError({
    objective: name,
    field: 'rows',
    expected: `at least one list with ${fewestDocuments(needs)} documents${contrast}`,
    got: 'none',
    hint:
      inBatchNegatives > 0 ? 'or at least two lists, for in-batch negatives' : 'mine hard negatives first',
  });
}

/** Losses that look at labels learn nothing where there is but one: within a list, or in all for pointwise losses. */
function checkSpread(
  { name, needs }: Pick<RankingObjective, 'name' | 'needs'>,
  rows: readonly LabelledList[],
): void {
  if (rows.some(hasContrast)) return;
  const first = rows[0]?.labels[0];
  const withinLists = fewestDocuments(needs) > 1;
  if (!withinLists && rows.some(({ labels }) => labels[0] !== first)) return;
  throw new ObjectiveError({
    objective: name,
    field: 'labels',
    expected: withinLists ? 'two different labels in at least one list' : 'at least two different labels',
    got: withinLists ? 'equal labels in every list' : `${first} for all documents`,
    hint: 'mine hard negatives first, or take MultipleNegativesRanking, which needs no labels',
  });
}
