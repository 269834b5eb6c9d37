import type { LabelledList, TrainingPair } from '../types.ts';

interface ListDraft {
  readonly query: string;
  readonly queryId: string | undefined;
  /** Label and id by text: a text comes once in a list. */
  readonly documents: Map<string, { label: number; id: string | undefined }>;
}

/**
 * Gathers pairs, triples and scored rows into one list per query text, in the order of the queries. Positives have
 * label 1, negatives 0; where rows have scores of their candidates (a teacher's), those are the labels; a score of the
 * pair alone (a grade, 0 or 1) is the label of its document. A text that comes more than once for a query has its
 * highest label: known to answer beats mined as a negative.
 */
export function listsFromPairs(pairs: Iterable<TrainingPair>): LabelledList[] {
  const drafts = new Map<string, ListDraft>();
  for (const { query, queryId, positive, positiveId, negatives = [], negativeIds, scores } of pairs) {
    const draft = drafts.get(query) ?? { query, queryId, documents: new Map() };
    drafts.set(query, draft);
    const hasEach = scores !== undefined && scores.length === negatives.length + 1;
    add(draft, positive, scores?.[0] ?? 1, positiveId);
    negatives.forEach((text, i) => {
      add(draft, text, hasEach ? (scores[i + 1] as number) : 0, negativeIds?.[i]);
    });
  }
  return [...drafts.values()].map(finished);
}

function add({ documents }: ListDraft, text: string, label: number, id: string | undefined): void {
  const known = documents.get(text);
  if (known && known.label >= label) return;
  documents.set(text, { label, id: id ?? known?.id });
}

function finished({ query, queryId, documents }: ListDraft): LabelledList {
  const entries = [...documents.values()];
  const ids = entries.map(({ id }) => id).filter((id) => id !== undefined);
  return {
    query,
    documents: [...documents.keys()],
    labels: entries.map(({ label }) => label),
    ...(queryId !== undefined && { queryId }),
    // all or none: a list with holes could not be told from a shorter one
    ...(ids.length === entries.length && { documentIds: ids }),
  };
}
