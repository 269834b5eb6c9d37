import { DataError } from '../../../base/errors.ts';
import { readJsonLines } from '../../../base/jsonLines.ts';
import type { TrainingPair } from '../types.ts';
import { type PairColumns, type ResolvedColumns, resolveColumns } from './columns.ts';
import { parsePair } from './parsePair.ts';

export interface ReadPairsOptions {
  readonly columns?: PairColumns;
  /** Rows may have different numbers of negatives and scores, as those of a `labeled-list` do. Default false. */
  readonly ragged?: boolean;
}

/**
 * Reads training pairs from JSON lines with named columns, one row after the other. All rows must have the columns
 * of the first.
 *
 * @throws DataError naming file, line and column
 */
export async function* readPairs(
  file: string,
  options: ReadPairsOptions = {},
): AsyncGenerator<TrainingPair, void, undefined> {
  let first:
    | { readonly columns: ResolvedColumns; readonly names: string; readonly shape: string }
    | undefined;
  for await (const row of readJsonLines(file)) {
    const names = Object.keys(row.value).sort();
    const columns = first?.columns ?? resolveColumns(file, row.line, names, options.columns);
    const pair = parsePair(file, row, columns);
    const shape = shapeOf(pair);
    first ??= { columns, names: names.join(', '), shape };
    if (names.join(', ') !== first.names) {
      const got = names.join(', ');
      throw new DataError({
        file,
        line: row.line,
        expected: `the columns of the first row (${first.names})`,
        got,
      });
    }
    if (shape !== first.shape && !(options.ragged || columns.documentsAreList))
      throw new DataError({
        file,
        line: row.line,
        expected: `${first.shape}, as in the first row`,
        got: shape,
      });
    yield pair;
  }
  if (!first) throw new DataError({ file, expected: 'at least one row', got: 'none' });
}

const shapeOf = ({ negatives = [], scores = [] }: TrainingPair): string =>
  `${negatives.length} negatives and ${scores.length} scores`;

/** All of {@link readPairs}. @throws DataError */
export async function loadPairs(file: string, options: ReadPairsOptions = {}): Promise<TrainingPair[]> {
  const pairs: TrainingPair[] = [];
  for await (const pair of readPairs(file, options)) pairs.push(pair);
  return pairs;
}
