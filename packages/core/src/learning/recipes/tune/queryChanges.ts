import type { Document } from '../../../corpus/index.ts';
import {
  type MetricResult,
  type Qrels,
  queryDifferences,
  type RetrievalEvaluation,
  rankDocuments,
} from '../../../evaluation/index.ts';
import type { Passage, QueryChange, QueryChanges, QueryResult } from '../../../evaluation/report/index.ts';
import type { TuneData } from './types.ts';

/** Queries shown on either side. */
const shown = 8;
/** Passages shown of each. */
const passages = 3;

/** The queries that gained and lost most, with what was found for them before and after. */
export function queryChanges(
  metric: string,
  base: RetrievalEvaluation,
  tuned: RetrievalEvaluation,
  data: TuneData,
): QueryChanges {
  const differences = queryDifferences(resultOf(metric, base), resultOf(metric, tuned));
  const documents = new Map(data.documents.map((document) => [document.id, document]));
  const qrels = data.judgements.test;
  const change = ({ queryId, base: before, tuned: after }: (typeof differences)[number]): QueryChange => ({
    queryId,
    query: data.queries.get(queryId) ?? queryId,
    base: queryResult(queryId, before, base, qrels, documents),
    tuned: queryResult(queryId, after, tuned, qrels, documents),
  });
  return {
    metric,
    improved: differences
      .filter((each) => each.change > 0)
      .slice(0, shown)
      .map(change),
    damaged: differences
      .filter((each) => each.change < 0)
      .reverse()
      .slice(0, shown)
      .map(change),
  };
}

export const resultOf = (metric: string, { results }: RetrievalEvaluation): MetricResult =>
  results.find(({ name }) => name === metric) as MetricResult;

function queryResult(
  queryId: string,
  value: number,
  { run }: RetrievalEvaluation,
  qrels: Qrels,
  documents: ReadonlyMap<string, Document>,
): QueryResult {
  const found = run.get(queryId) ?? new Map<string, number>();
  const ranked = rankDocuments(found);
  const isRelevant = (id: string) => (qrels.get(queryId)?.get(id) ?? 0) > 0;
  const first = ranked.findIndex(isRelevant);
  return {
    value,
    ...(first >= 0 && { rank: first + 1 }),
    passages: ranked.slice(0, passages).map((id): Passage => {
      const document = documents.get(id);
      return {
        id,
        ...(document?.title !== undefined && { title: document.title }),
        text: document?.text ?? '',
        score: found.get(id) ?? 0,
        relevant: isRelevant(id),
      };
    }),
  };
}
