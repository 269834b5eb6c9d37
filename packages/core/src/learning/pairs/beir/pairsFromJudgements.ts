import { DataError } from '../../../base/errors.ts';
import { corpusText } from '../../../corpus/beir/index.ts';
import type { Judgements, RetrievalData, Split, TrainingPair } from '../types.ts';

/** {@link corpusText} of every document, by id. */
export const corpusTexts = (data: RetrievalData): Map<string, string> =>
  new Map([...data.corpus].map(([id, entry]) => [id, corpusText(entry)]));

export interface PairsFromJudgementsOptions {
  /** Least grade of a positive; default 1. */
  readonly minGrade?: number;
}

/**
 * One pair for every relevant judgement of a split, in the order of the judgements.
 *
 * @throws DataError if the data has no such split
 */
export function pairsFromJudgements(
  data: RetrievalData,
  split: Split,
  options: PairsFromJudgementsOptions = {},
): TrainingPair[] {
  const { minGrade = 1 } = options;
  const pairs: TrainingPair[] = [];
  for (const [queryId, judged] of judgementsOf(data, split)) {
    for (const [positiveId, grade] of judged) {
      const entry = data.corpus.get(positiveId);
      const query = data.queries.get(queryId);
      if (grade < Math.max(minGrade, Number.MIN_VALUE) || !entry || query === undefined) continue;
      pairs.push({ query, positive: corpusText(entry), queryId, positiveId });
    }
  }
  return pairs;
}

/** @throws DataError if the data has no such split */
export function judgementsOf(data: RetrievalData, split: Split): Judgements {
  const judgements = data.judgements[split];
  if (judgements) return judgements;
  const got = Object.keys(data.judgements).join(', ') || 'none';
  const hint = 'splitRetrievalData makes splits';
  throw new DataError({ file: data.name, field: 'judgements', expected: `a ${split} split`, got, hint });
}
