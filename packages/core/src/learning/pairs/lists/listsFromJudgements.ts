import { corpusText, judgementsOf } from '../beir/index.ts';
import type { LabelledList, RetrievalData, Split } from '../types.ts';

/**
 * One list for every judged query of a split: its judged documents with their grades (0: judged not relevant). Negatives
 * that nobody judged are put in by `mineLists`.
 *
 * @throws DataError if the data has no such split
 */
export function listsFromJudgements(data: RetrievalData, split: Split): LabelledList[] {
  const lists: LabelledList[] = [];
  for (const [queryId, grades] of judgementsOf(data, split)) {
    const query = data.queries.get(queryId);
    const known = [...grades].filter(([id]) => data.corpus.has(id));
    if (query === undefined || known.length === 0) continue;
    lists.push({
      query,
      queryId,
      documents: known.map(([id]) => corpusText(data.corpus.get(id) as Parameters<typeof corpusText>[0])),
      documentIds: known.map(([id]) => id),
      labels: known.map(([, grade]) => Math.max(0, grade)),
    });
  }
  return lists;
}
