import { writeLinesAtomic } from '../../../base/atomicLines.ts';
import type { TrainingPair } from '../types.ts';

export interface WritePairsOptions {
  /** Negatives as `negative_1`, `negative_2` … (default), or as one list `negatives`, for rows of unequal length. */
  readonly negatives?: 'columns' | 'list';
  /** Write `query_id`, `positive_id`, `negative_ids` where there are any; default true. Not what
   * sentence-transformers wants: it takes every column for a text. */
  readonly ids?: boolean;
}

/**
 * Writes pairs as JSON lines that {@link readPairs} reads: `query`, `positive`, `negative` or `negative_1` …,
 * `score` or `scores`, the label as `group`, and the ids. The file is there complete or not at all.
 *
 * @returns how many
 */
export function writePairs(
  file: string,
  pairs: Iterable<TrainingPair> | AsyncIterable<TrainingPair>,
  options: WritePairsOptions = {},
): Promise<number> {
  return writeLinesAtomic(file, toLines(pairs, options));
}

async function* toLines(
  pairs: Iterable<TrainingPair> | AsyncIterable<TrainingPair>,
  options: WritePairsOptions,
): AsyncGenerator<string> {
  for await (const pair of pairs) yield JSON.stringify(pairToRow(pair, options));
}

/** One row with named columns. */
export function pairToRow(pair: TrainingPair, options: WritePairsOptions = {}): Record<string, unknown> {
  const { query, positive, negatives = [], scores, label } = pair;
  return {
    query,
    positive,
    ...(options.negatives === 'list' ? { negatives } : negativeColumns(negatives)),
    ...(scores ? (scores.length === 1 ? { score: scores[0] } : { scores }) : {}),
    ...(label === undefined ? {} : { group: label }),
    ...(options.ids === false ? {} : idColumns(pair)),
  };
}

function negativeColumns(negatives: readonly string[]): Record<string, string> {
  if (negatives.length === 1) return { negative: negatives[0] as string };
  return Object.fromEntries(negatives.map((negative, i) => [`negative_${i + 1}`, negative]));
}

const idColumns = ({ queryId, positiveId, negativeIds }: TrainingPair): Record<string, unknown> => ({
  ...(queryId === undefined ? {} : { query_id: queryId }),
  ...(positiveId === undefined ? {} : { positive_id: positiveId }),
  ...(negativeIds ? { negative_ids: negativeIds } : {}),
});
