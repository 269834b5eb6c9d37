import { normalizeText } from '../duplicates/index.ts';
import type { RetrievalData, Split } from '../types.ts';
import { splits } from './splitOptions.ts';

/** Something that two splits share. */
export interface Leak {
  readonly kind: 'query' | 'document';
  /** The query's text, or the document's id. */
  readonly what: string;
  readonly splits: readonly Split[];
}

/**
 * What would make a measurement too good: the same query text (but for case and punctuation) in two splits, or a
 * document that is relevant in two.
 */
export function findLeaks(data: RetrievalData): Leak[] {
  const queries = new Map<string, { readonly text: string; readonly splits: Set<Split> }>();
  const documents = new Map<string, Set<Split>>();
  for (const split of splits) {
    for (const [queryId, judged] of data.judgements[split] ?? []) {
      const text = data.queries.get(queryId) ?? queryId;
      const key = normalizeText(text) || text;
      const known = queries.get(key) ?? { text, splits: new Set() };
      known.splits.add(split);
      queries.set(key, known);
      for (const [id, grade] of judged) {
        if (grade > 0) documents.set(id, (documents.get(id) ?? new Set()).add(split));
      }
    }
  }
  const leak = (kind: Leak['kind'], what: string, found: ReadonlySet<Split>): Leak[] =>
    found.size > 1 ? [{ kind, what, splits: [...found] }] : [];
  return [
    ...[...queries.values()].flatMap(({ text, splits: found }) => leak('query', text, found)),
    ...[...documents].flatMap(([id, found]) => leak('document', id, found)),
  ];
}
