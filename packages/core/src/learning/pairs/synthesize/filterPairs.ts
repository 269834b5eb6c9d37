import { normalizedWords } from '../duplicates/index.ts';
import type { TrainingPair } from '../types.ts';

export interface FilterPairsOptions {
  /** Words of a query; default 2 to 64. */
  readonly queryWords?: readonly [least: number, most: number];
  /** Least words of a positive; default 8. */
  readonly positiveWords?: number;
  /** Share of a query's characters that must be letters or spaces; default 0.6. */
  readonly letters?: number;
  /**
   * Most different positives that a query may have; default 10. A query of more ("Introduction", "References") says
   * nothing about any of them.
   */
  readonly positivesPerQuery?: number;
}

/** Why a pair was dropped. */
export type DropReason =
  | 'query too short'
  | 'query too long'
  | 'query mostly symbols'
  | 'positive too short'
  | 'positive no more than the query'
  | 'repeated'
  | 'query of too many positives';

export interface FilteredPairs<P extends TrainingPair> {
  readonly kept: P[];
  /** How many, by reason. */
  readonly dropped: Partial<Record<DropReason, number>>;
}

/** Drops pairs that nothing can be learned from, and says how many and why. Order is kept. */
export function filterPairs<P extends TrainingPair>(
  pairs: readonly P[],
  options: FilterPairsOptions = {},
): FilteredPairs<P> {
  const { positivesPerQuery = 10 } = options;
  const dropped: Partial<Record<DropReason, number>> = {};
  const drop = (reason: DropReason) => {
    dropped[reason] = (dropped[reason] ?? 0) + 1;
  };
  const positivesOf = new Map<string, Set<string>>();
  const sound = pairs.filter(({ query, positive }) => {
    const queryWords = normalizedWords(query);
    const reason = degenerate(query, queryWords, normalizedWords(positive), options);
    if (reason) {
      drop(reason);
      return false;
    }
    const key = queryWords.join(' ');
    const positives = positivesOf.get(key) ?? new Set();
    positivesOf.set(key, positives);
    if (positives.has(positive)) {
      drop('repeated');
      return false;
    }
    positives.add(positive);
    return true;
  });
  const kept = sound.filter(({ query }) => {
    const positives = positivesOf.get(normalizedWords(query).join(' '))?.size ?? 0;
    if (positives > positivesPerQuery) drop('query of too many positives');
    return positives <= positivesPerQuery;
  });
  return { kept, dropped };
}

function degenerate(
  query: string,
  queryWords: readonly string[],
  positiveWords: readonly string[],
  options: FilterPairsOptions,
): DropReason | undefined {
  const { queryWords: [least, most] = [2, 64], positiveWords: leastPositive = 8, letters = 0.6 } = options;
  if (queryWords.length < least) return 'query too short';
  if (queryWords.length > most) return 'query too long';
  const lettersAndSpaces = query.match(/[\p{L}\p{M}\s]/gu)?.length ?? 0;
  if (lettersAndSpaces < letters * [...query].length) return 'query mostly symbols';
  if (positiveWords.length < leastPositive) return 'positive too short';
  const known = new Set(queryWords);
  if (positiveWords.every((word) => known.has(word))) return 'positive no more than the query';
  return undefined;
}
