import { stableId } from '../../../base/hash.ts';
import type { CorpusEntry, Judgements, RetrievalData, Split, TrainingPair } from '../types.ts';

/**
 * Retrieval data from pairs over a corpus, for measuring on synthesised queries: each pair is one judgement of
 * grade 1. Pairs without ids get those of their texts; positives that the corpus lacks are added to it.
 *
 * @param corpus by document id
 */
export function dataFromPairs(
  name: string,
  corpus: ReadonlyMap<string, CorpusEntry>,
  pairs: Readonly<Partial<Record<Split, readonly TrainingPair[]>>>,
): RetrievalData {
  const documents = new Map(corpus);
  const queries = new Map<string, string>();
  const judgements: Partial<Record<Split, Judgements>> = {};
  for (const [split, rows] of Object.entries(pairs) as [Split, readonly TrainingPair[]][]) {
    const judged = new Map<string, Map<string, number>>();
    for (const { query, positive, queryId = queryIdOf(query), positiveId = stableId(positive) } of rows) {
      queries.set(queryId, query);
      if (!documents.has(positiveId)) documents.set(positiveId, { id: positiveId, text: positive });
      judged.set(queryId, (judged.get(queryId) ?? new Map<string, number>()).set(positiveId, 1));
    }
    judgements[split] = judged;
  }
  return { name, corpus: documents, queries, judgements };
}

/** Of a query that came without one: the same for the same text. */
export const queryIdOf = (query: string): string => `q-${stableId(query)}`;
