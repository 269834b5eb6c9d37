import { DataError } from '../../../base/errors.ts';
import type { JsonLine } from '../../../base/jsonLines.ts';
import type { TrainingPair } from '../types.ts';
import type { ResolvedColumns } from './columns.ts';

/**
 * One row as a pair.
 *
 * @throws DataError naming file, line and column
 */
export function parsePair(file: string, { line, value }: JsonLine, columns: ResolvedColumns): TrainingPair {
  const row = new Row(file, line, value);
  const documents = columns.documentsAreList ? row.texts(columns.positive) : [row.text(columns.positive)];
  const [positive, ...listed] = documents;
  if (positive === undefined) throw row.wrong(columns.positive, 'at least one document', '[]');
  const negatives = [
    ...listed,
    ...columns.negatives.flatMap((column) => readNegatives(row, column, columns)),
  ];
  const scores = columns.scores === undefined ? undefined : row.scores(columns.scores);
  if (scores && scores.length !== 1 && scores.length !== 1 + negatives.length) {
    const expected = `1 score, or ${1 + negatives.length} (positive and negatives)`;
    throw row.wrong(columns.scores as string, expected, String(scores.length));
  }
  const negativeIds = columns.negativeIds === undefined ? undefined : row.texts(columns.negativeIds);
  if (negativeIds && negativeIds.length !== negatives.length)
    throw row.wrong(columns.negativeIds as string, `${negatives.length} ids`, String(negativeIds.length));
  return {
    query: row.text(columns.query),
    positive,
    ...(negatives.length > 0 ? { negatives } : {}),
    ...(scores ? { scores } : {}),
    ...(columns.label === undefined ? {} : { label: row.label(columns.label) }),
    ...(columns.queryId === undefined ? {} : { queryId: row.text(columns.queryId) }),
    ...(columns.positiveId === undefined ? {} : { positiveId: row.text(columns.positiveId) }),
    ...(negativeIds ? { negativeIds } : {}),
  };
}

function readNegatives(row: Row, column: string, { negativesAreList }: ResolvedColumns): string[] {
  return negativesAreList && row.isList(column) ? row.texts(column) : [row.text(column)];
}

/** One line, and where it stands. */
class Row {
  readonly #file: string;
  readonly #line: number;
  readonly #value: JsonLine['value'];

  constructor(file: string, line: number, value: JsonLine['value']) {
    this.#file = file;
    this.#line = line;
    this.#value = value;
  }

  wrong(field: string, expected: string, got: string, hint?: string): DataError {
    const place = { file: this.#file, line: this.#line, field };
    return new DataError({ ...place, expected, got, ...(hint === undefined ? {} : { hint }) });
  }

  isList(column: string): boolean {
    return Array.isArray(this.#value[column]);
  }

  text(column: string): string {
    const value = this.#value[column];
    if (typeof value !== 'string' || value.trim() === '') throw this.wrong(column, 'a text', show(value));
    return value;
  }

  texts(column: string): string[] {
    const value = this.#value[column];
    const isTexts =
      Array.isArray(value) && value.every((item) => typeof item === 'string' && item.trim() !== '');
    if (!isTexts) throw this.wrong(column, 'a list of texts', show(value));
    return value as string[];
  }

  label(column: string): string | number {
    const value = this.#value[column];
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (typeof value !== 'string' || value.trim() === '')
      throw this.wrong(column, 'the name or number of a group', show(value));
    return value;
  }

  scores(column: string): number[] {
    const value = this.#value[column];
    const list = Array.isArray(value) ? value : [value];
    const isNumbers =
      list.length > 0 && list.every((item) => typeof item === 'number' && Number.isFinite(item));
    const isText = typeof value === 'string';
    const hint = isText ? 'the name of a group belongs into the column "group"' : undefined;
    if (!isNumbers) throw this.wrong(column, 'a number or a list of numbers', show(value), hint);
    return list as number[];
  }
}

const show = (value: unknown): string =>
  value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60);
