import type { LabelledList } from '../../batches/rankingBatch.ts';
import type { RankingNeeds } from './types.ts';

/**
 * Whether there is anything to learn from a list as the loss sees it (in-batch negatives included): enough documents and,
 * where the loss needs contrast, two different labels. The loss leaves out a list that teaches nothing, as though it
 * were not in the batch: it counts in no mean.
 */
export function teaches(needs: RankingNeeds, list: Pick<LabelledList, 'documents' | 'labels'>): boolean {
  if (list.documents.length < fewestDocuments(needs)) return false;
  return !needs.contrast || hasContrast(list);
}

/** Fewest documents of a list, in-batch negatives included, from which the loss learns. */
export const fewestDocuments = ({ documents = 1, inBatchNegatives = 0 }: RankingNeeds): number =>
  inBatchNegatives > 0 ? Math.max(2, documents) : documents;

/** Whether at least two labels of the list differ. */
export const hasContrast = ({ labels }: Pick<LabelledList, 'labels'>): boolean =>
  labels.some((label) => label !== labels[0]);
