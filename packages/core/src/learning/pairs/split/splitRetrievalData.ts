import { DataError } from '../../../base/errors.ts';
import { corpusText } from '../beir/index.ts';
import { normalizeText } from '../duplicates/index.ts';
import type { CorpusEntry, Judgements, RetrievalData, Split } from '../types.ts';
import { splitByGroup } from './splitByGroup.ts';
import { type SplitOptions, splits } from './splitOptions.ts';

export interface SplitDataOptions extends SplitOptions {
  /** What keeps splits apart: each document by itself (default), or a metadata field that several share. */
  readonly by?: 'document' | { readonly metadata: string };
  /** Splits whose queries are distributed anew; the others stay as they are. Default: all there are. */
  readonly from?: readonly Split[];
}

/**
 * Distributes the queries over train, dev and test so that nothing leaks: a query goes where its relevant documents
 * are, queries that share one (or a group, or a near-duplicate) go together.
 *
 * @example carve a dev split out of train, leaving test alone
 * splitRetrievalData(data, { from: ['train'], dev: 0.1, test: 0 })
 * @throws DataError if a relevant document lacks the metadata field, or `from` names a split that isn't there
 */
export function splitRetrievalData(data: RetrievalData, options: SplitDataOptions = {}): RetrievalData {
  const { by = 'document', from = splits.filter((split) => data.judgements[split]) } = options;
  const judged = mergeJudgements(data, from);
  const groupOf = (entry: CorpusEntry) =>
    by === 'document' ? entry.id : metadataOf(data, entry, by.metadata);
  const parts = splitByGroup(relevantPlaces(data, judged), {
    ...options,
    // The query is a key too: it holds its documents together, and so do queries with the same words.
    groupOf: ({ query, entry }) => [...(entry ? [`document ${groupOf(entry)}`] : []), `query ${query.key}`],
    textOf: ({ query, entry }) => (entry ? corpusText(entry) : query.key),
  });
  const judgements: Partial<Record<Split, Judgements>> = {};
  for (const split of splits) {
    const kept = from.includes(split) ? [] : (data.judgements[split] ?? []);
    const all = new Map<string, ReadonlyMap<string, number>>(kept);
    for (const { query } of parts[split])
      all.set(query.id, judged.get(query.id) as ReadonlyMap<string, number>);
    if (all.size > 0) judgements[split] = all;
  }
  return { ...data, judgements };
}

/** A query and one document that is relevant to it; without one, the query alone. */
interface Place {
  readonly query: { readonly id: string; readonly key: string };
  readonly entry?: CorpusEntry;
}

function relevantPlaces(data: RetrievalData, judged: Judgements): Place[] {
  const places: Place[] = [];
  for (const [id, grades] of judged) {
    const text = data.queries.get(id) ?? id;
    const query = { id, key: normalizeText(text) || text };
    const relevant = [...grades].filter(([, grade]) => grade > 0);
    const entries = relevant.flatMap(([document]) => data.corpus.get(document) ?? []);
    if (entries.length === 0) places.push({ query });
    for (const entry of entries) places.push({ query, entry });
  }
  return places;
}

function mergeJudgements(
  data: RetrievalData,
  from: readonly Split[],
): Map<string, ReadonlyMap<string, number>> {
  const merged = new Map<string, ReadonlyMap<string, number>>();
  for (const split of from) {
    for (const [id, grades] of judgementsToSplit(data, split))
      merged.set(id, new Map([...(merged.get(id) ?? []), ...grades]));
  }
  return merged;
}

function judgementsToSplit(data: RetrievalData, split: Split): Judgements {
  const judgements = data.judgements[split];
  if (judgements) return judgements;
  const got = Object.keys(data.judgements).join(', ') || 'none';
  throw new DataError({ file: data.name, field: 'from', expected: `a ${split} split`, got });
}

function metadataOf(data: RetrievalData, { id, metadata }: CorpusEntry, field: string): string {
  const value = metadata?.[field];
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  const got = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60);
  const expected = 'a text or number to split by, in the metadata of every relevant document';
  throw new DataError({ file: data.name, field: `${id}: metadata.${field}`, expected, got });
}
