import { ConfigError } from '../../../base/errors.ts';
import type { Judgements, TrainingPair } from '../types.ts';

export interface KnownPassage {
  readonly text: string;
  readonly id?: string;
}

/** A query with everything that is known to answer it. */
export interface QueryGroup {
  readonly query: string;
  readonly queryId?: string;
  /** Different texts, in the order of the pairs. */
  readonly positives: readonly KnownPassage[];
  readonly positiveTexts: ReadonlySet<string>;
  /** Of positives and of other known ones. */
  readonly positiveIds: ReadonlySet<string>;
  /** Most candidates that may turn out to be positives. */
  readonly masked: number;
}

/**
 * Gathers the positives of each query text, in the order of the queries.
 *
 * @throws ConfigError if there are no pairs
 */
export function groupPairs(pairs: readonly TrainingPair[], known?: Judgements): QueryGroup[] {
  if (pairs.length === 0)
    throw new ConfigError('mineHardNegatives', [
      { field: 'pairs', expected: 'at least one pair', got: 'none' },
    ]);
  const groups = new Map<
    string,
    { ids: Set<string>; queryId?: string; positives: Map<string, KnownPassage> }
  >();
  for (const { query, positive, queryId, positiveId } of pairs) {
    const group = groups.get(query) ?? { ids: new Set<string>(), positives: new Map<string, KnownPassage>() };
    groups.set(query, group);
    if (queryId !== undefined) {
      group.queryId ??= queryId;
      for (const [id, grade] of known?.get(queryId) ?? []) if (grade > 0) group.ids.add(id);
    }
    if (positiveId !== undefined) group.ids.add(positiveId);
    if (!group.positives.has(positive))
      group.positives.set(positive, {
        text: positive,
        ...(positiveId === undefined ? {} : { id: positiveId }),
      });
  }
  return Array.from(groups, ([query, { ids, queryId, positives }]) => ({
    query,
    ...(queryId === undefined ? {} : { queryId }),
    positives: [...positives.values()],
    positiveTexts: new Set(positives.keys()),
    positiveIds: ids,
    masked: positives.size + ids.size,
  }));
}
