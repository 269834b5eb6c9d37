import { ObjectiveError } from './errors.ts';

/** @throws ObjectiveError unless there is a label: a text that is not empty, or a number */
export function checkLabel(objective: string, row: number, label: string | number | undefined): void {
  if (typeof label === 'number' ? Number.isFinite(label) : label) return;
  throw new ObjectiveError({
    objective,
    row,
    field: 'label',
    expected: 'the name or number of the group that the texts of the row belong to',
    got: label === undefined ? 'none' : JSON.stringify(label),
    hint: 'a file of pairs has it in the column "group"; without groups use MultipleNegativesRanking',
  });
}
