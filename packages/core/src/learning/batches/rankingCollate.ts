import { SeededRandom } from '../../base/rng.ts';
import type { LabelledList } from '../pairs/types.ts';
import { BatchError } from './errors.ts';
import type { RankingBatch } from './rankingBatch.ts';

/** Token ids of (query, document) pairs; what `CrossEncoder.tokenizePairs` gives. */
export interface PairTokens {
  readonly sequences: readonly Int32Array[];
  readonly segmentIds?: readonly Int32Array[];
}

export interface RankingCollateOptions {
  readonly rows: readonly LabelledList[];
  readonly tokenizePairs: (pairs: readonly (readonly [string, string])[]) => Promise<PairTokens>;
  /** Documents of other lists of the batch that are put behind each list, with label 0; default 0. */
  readonly inBatchNegatives?: number;
  /** Draws them; default 0. */
  readonly seed?: number;
}

/**
 * Makes batches out of indexes of labelled lists.
 *
 * @returns a function that throws BatchError for no indexes, an index without a row, and lists without documents
 */
export function rankingCollator(
  options: RankingCollateOptions,
): (indexes: readonly number[]) => Promise<RankingBatch> {
  const { rows: all, tokenizePairs, inBatchNegatives = 0, seed = 0 } = options;
  const answers: Answers = inBatchNegatives > 0 ? answersOf(all) : new Map();
  return async (indexes) => {
    if (indexes.length === 0) throw new BatchError({ expected: 'at least one list', got: 'none' });
    const own = indexes.map((row) => {
      const list = all[row];
      if (list && list.documents.length > 0) return list;
      const got = list ? 'none' : 'no such list';
      throw new BatchError({ row, field: 'documents', expected: 'a list with documents', got });
    });
    const rows =
      inBatchNegatives > 0 ? withOthers(own, indexes, { count: inBatchNegatives, seed, answers }) : own;
    const pairs = rows.flatMap(({ query, documents }) => documents.map((text) => [query, text] as const));
    const { sequences, segmentIds } = await tokenizePairs(pairs);
    const tokenCount = sequences.reduce((sum, ids) => sum + ids.length, 0);
    return { rows, sequences, ...(segmentIds && { segmentIds }), tokenCount, indexes: [...indexes] };
  };
}

/** By query, what any list says answers it, by text and by id: a query may have several lists. */
type Answers = ReadonlyMap<string, { readonly texts: Set<string>; readonly ids: Set<string> }>;

function answersOf(lists: readonly LabelledList[]): Answers {
  const answers = new Map<string, { texts: Set<string>; ids: Set<string> }>();
  for (const { query, documents, labels, documentIds } of lists) {
    const known = answers.get(query) ?? { texts: new Set(), ids: new Set() };
    answers.set(query, known);
    for (const [i, text] of documents.entries()) {
      if (!((labels[i] as number) > 0)) continue;
      known.texts.add(text);
      if (documentIds) known.ids.add(documentIds[i] as string);
    }
  }
  return answers;
}

/** The same draw for the same rows in the same order, so that a resumed run sees what the first one saw. */
function withOthers(
  lists: readonly LabelledList[],
  indexes: readonly number[],
  { count, seed, answers }: { count: number; seed: number; answers: Answers },
): LabelledList[] {
  const random = new SeededRandom(indexes.reduce((hash, index) => Math.imul(hash ^ index, 0x01000193), seed));
  return lists.map((list) => {
    const taken = new Set(list.documents);
    const known = answers.get(list.query);
    const isFree = (text: string, id: string | undefined): boolean =>
      !taken.has(text) && !known?.texts.has(text) && !(id !== undefined && known?.ids.has(id));
    const others = lists.flatMap(({ query, documents, documentIds }) =>
      query === list.query ? [] : documents.filter((text, i) => isFree(text, documentIds?.[i])),
    );
    const added = random.sample([...new Set(others)], count);
    const { documentIds: _, ...rest } = list;
    return {
      ...rest,
      documents: [...list.documents, ...added],
      labels: [...list.labels, ...added.map(() => 0)],
    };
  });
}
