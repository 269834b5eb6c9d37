import type { Judgements, TrainingPair } from '../pairs/types.ts';

/** What is known to answer a query: texts and document ids. Built once for the training set. */
export interface KnownPositives {
  texts(row: TrainingPair): ReadonlySet<string> | undefined;
  ids(row: TrainingPair): ReadonlySet<string> | undefined;
}

/**
 * Collects the positives of every query over all rows: by the query's text, so that a query that occurs under two ids is
 * one, and by document id where rows have them. `judgements` add documents that are in no row, by query id.
 */
export function knownPositives(rows: Iterable<TrainingPair>, judgements?: Judgements): KnownPositives {
  const texts = new Map<string, Set<string>>();
  const ids = new Map<string, Set<string>>();
  for (const row of rows) {
    setOf(texts, row.query).add(row.positive);
    const known = setOf(ids, row.query);
    if (row.positiveId !== undefined) known.add(row.positiveId);
    const judged = row.queryId === undefined ? undefined : judgements?.get(row.queryId);
    for (const [id, grade] of judged ?? []) if (grade > 0) known.add(id);
  }
  return { texts: (row) => texts.get(row.query), ids: (row) => ids.get(row.query) };
}

function setOf(map: Map<string, Set<string>>, key: string): Set<string> {
  const known = map.get(key) ?? new Set<string>();
  map.set(key, known);
  return known;
}
