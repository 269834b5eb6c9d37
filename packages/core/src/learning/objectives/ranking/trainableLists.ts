import type { LabelledList } from '../../batches/rankingBatch.ts';
import { checkList } from './checkList.ts';
import { checkRankingRows } from './needs.ts';
import { teaches } from './teaches.ts';
import type { RankingObjective } from './types.ts';

export interface TrainableLists {
  /** At least one; the loss learns from each. */
  readonly lists: readonly LabelledList[];
  /** Of the lists that were given: too few documents, all labels equal, or no positive. */
  readonly leftOut: number;
}

/**
 * Lists as a loss takes them, without those that teach it nothing: so no batch is without one that does, and nothing
 * fails in the middle of a run. For a loss whose document 0 is the positive, a list becomes one for each of its positives,
 * with the documents that are none behind it.
 *
 * @throws ObjectiveError naming the first list at fault, or saying that none teaches anything
 */
export function trainableLists(
  objective: Pick<RankingObjective, 'name' | 'needs'>,
  given: readonly LabelledList[],
): TrainableLists {
  const { needs } = objective;
  for (const [row, list] of given.entries()) checkList(objective, row, list);
  const split = given.map((list) => (needs.labels === 'positive-first' ? onePositiveEach(list) : [list]));
  const shaped = split.flat();
  const without = split.filter(({ length }) => length === 0).length;
  checkRankingRows(objective, shaped);
  const hasOthers = (needs.inBatchNegatives ?? 0) > 0 && shaped.length > 1;
  const own = hasOthers ? { ...needs, inBatchNegatives: 0 } : needs;
  const lists = shaped.filter((list) => teaches(own, list));
  return { lists, leftOut: without + shaped.length - lists.length };
}

/** Whole numbers are grades, and what is above 0 is positive; other numbers are a teacher's, and the highest is. */
function onePositiveEach({ documents, labels, documentIds, ...about }: LabelledList): LabelledList[] {
  const areGrades = labels.every(Number.isInteger);
  const best = Math.max(...labels);
  const isPositive = (label: number): boolean => (areGrades ? label > 0 : label === best);
  const places = documents.map((_, i) => i);
  const others = places.filter((i) => !isPositive(labels[i] as number));
  return places
    .filter((i) => isPositive(labels[i] as number))
    .map((positive) => {
      const order = [positive, ...others];
      return {
        ...about,
        documents: order.map((i) => documents[i] as string),
        labels: order.map((i) => labels[i] as number),
        ...(documentIds && { documentIds: order.map((i) => documentIds[i] as string) }),
      };
    });
}
