import type { TrainingPair } from '../types.ts';
import type { Candidate } from './candidates.ts';
import type { KnownPassage, QueryGroup } from './groupPairs.ts';
import type { ResolvedMiningOptions } from './options.ts';

/** A query with what was chosen for it. */
export interface MinedQuery {
  readonly group: QueryGroup;
  /** Of each positive of the group. */
  readonly positiveScores: readonly number[];
  readonly negatives: readonly Candidate[];
}

/** Rows of one query in the format that was asked for. */
export function rowsOf(mined: MinedQuery, options: ResolvedMiningOptions): TrainingPair[] {
  const { group, positiveScores, negatives } = mined;
  if (options.format === 'labeled-pair') return labeledPairs(mined, options);
  return group.positives.flatMap((positive, i) => {
    const score = positiveScores[i] as number;
    switch (options.format) {
      case 'triplet':
        return negatives.map((negative) =>
          row(group, positive, [negative], scoresOf(score, [negative], options)),
        );
      case 'n-tuple':
        if (negatives.length < options.negatives) return [];
        return [row(group, positive, negatives, scoresOf(score, negatives, options))];
      default:
        if (negatives.length === 0) return [];
        return [
          row(
            group,
            positive,
            negatives,
            scoresOf(score, negatives, options) ?? [1, ...negatives.map(() => 0)],
          ),
        ];
    }
  });
}

/** Each document of the query in a row of its own, positives first. */
function labeledPairs(
  { group, positiveScores, negatives }: MinedQuery,
  options: ResolvedMiningOptions,
): TrainingPair[] {
  const positives = group.positives.map((passage, i) =>
    row(group, passage, [], [options.outputScores ? (positiveScores[i] as number) : 1]),
  );
  const others = negatives.map((passage) =>
    row(group, passage, [], [options.outputScores ? passage.score : 0]),
  );
  return [...positives, ...others];
}

function scoresOf(
  positive: number,
  negatives: readonly Candidate[],
  { outputScores }: ResolvedMiningOptions,
): number[] | undefined {
  return outputScores ? [positive, ...negatives.map(({ score }) => score)] : undefined;
}

function row(
  { query, queryId }: QueryGroup,
  positive: KnownPassage,
  negatives: readonly KnownPassage[],
  scores: readonly number[] | undefined,
): TrainingPair {
  const ids = negatives.flatMap(({ id }) => (id === undefined ? [] : [id]));
  return {
    query,
    positive: positive.text,
    ...(negatives.length > 0 ? { negatives: negatives.map(({ text }) => text) } : {}),
    ...(scores ? { scores } : {}),
    ...(queryId === undefined ? {} : { queryId }),
    ...(positive.id === undefined ? {} : { positiveId: positive.id }),
    // All or none: a list with holes could not be told from a shorter one.
    ...(ids.length > 0 && ids.length === negatives.length ? { negativeIds: ids } : {}),
  };
}
