import type { LabelledList } from '../../batches/rankingBatch.ts';
import { ObjectiveError } from '../errors.ts';
import type { RankingNeeds, RankingObjective } from './types.ts';

/** Highest grade: gains are 2^grade − 1, and one of 2^31 already drowns all others (LightGBM's limit, too). */
const highestGrade = 31;

interface LabelKind {
  readonly expected: string;
  readonly fits: (label: number) => boolean;
}

const kinds: Readonly<Record<RankingNeeds['labels'], LabelKind>> = {
  binary: { expected: 'a label from 0 to 1', fits: (x) => x >= 0 && x <= 1 },
  grade: {
    expected: `a grade, a whole number from 0 to ${highestGrade}`,
    fits: (x) => Number.isInteger(x) && x >= 0 && x <= highestGrade,
  },
  score: { expected: 'a finite score', fits: Number.isFinite },
  class: { expected: 'a class, a whole number from 0', fits: (x) => Number.isInteger(x) && x >= 0 },
  'positive-first': { expected: 'any number', fits: () => true },
};

/**
 * Checks that a list has documents, a label for each, and labels of the kind that the loss takes.
 *
 * @param row index of the list in the training set
 * @throws ObjectiveError naming row, field and, where one is at fault, the document
 */
export function checkList(
  { name, needs }: Pick<RankingObjective, 'name' | 'needs'>,
  row: number,
  { documents, labels }: LabelledList,
): void {
  const objective = name;
  if (documents.length === 0) {
    const expected = 'at least 1 document';
    throw new ObjectiveError({ objective, row, field: 'documents', expected, got: 'none' });
  }
  if (labels.length !== documents.length) {
    const expected = `${documents.length} labels, one for each document`;
    throw new ObjectiveError({ objective, row, field: 'labels', expected, got: String(labels.length) });
  }
  const { expected, fits } = kinds[needs.labels];
  for (const [document, label] of labels.entries()) {
    if (fits(label)) continue;
    throw new ObjectiveError({ objective, row, document, field: 'labels', expected, got: String(label) });
  }
}
