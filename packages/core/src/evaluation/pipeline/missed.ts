import type { Chunk } from '../../corpus/chunks/types.ts';
import type { KnowledgeStore, RankedChunk } from '../../knowledge/types.ts';
import type { Qrels, Run } from '../types.ts';
import { byDocument, type Candidates } from './candidates.ts';
import type { PipelineTask } from './types.ts';

/** Query id → relevant documents that are not among those found. */
export type Missed = ReadonlyMap<string, readonly string[]>;

/** @param excludeSameId a document with the query's own id cannot be missed */
export function missedPositives(
  judgements: Qrels,
  found: (query: string) => Iterable<string>,
  excludeSameId: boolean,
): Missed {
  return new Map(
    [...judgements].map(([query, judged]) => {
      const known = new Set(found(query));
      const missed = [...judged].filter(
        ([id, grade]) => grade > 0 && !known.has(id) && !(excludeSameId && id === query),
      );
      return [query, missed.map(([id]) => id)];
    }),
  );
}

export function countPositives(judgements: Qrels): number {
  let count = 0;
  for (const judged of judgements.values()) for (const grade of judged.values()) if (grade > 0) count++;
  return count;
}

export const countMissed = (missed: Missed): number =>
  [...missed.values()].reduce((sum, { length }) => sum + length, 0);

/** A run with the missed documents behind all others. */
export function withMissed(run: Run, missed: Missed): Run {
  return new Map(
    [...missed].map(([query, ids]) => {
      const found = run.get(query) ?? new Map<string, number>();
      const lowest = [...found.values()].reduce((a, b) => Math.min(a, b), 0);
      return [query, new Map([...found, ...ids.map((id, i) => [id, lowest - i - 1] as const)])];
    }),
  );
}

/** The first so many chunks of each query, and behind them all chunks of the missed documents. */
export async function withMissedChunks(
  candidates: Candidates,
  count: number,
  missed: Missed,
  chunksOf: NonNullable<PipelineTask['chunksOf']>,
): Promise<Candidates> {
  const ids = new Set([...missed.values()].flat());
  const chunks = ids.size === 0 ? new Map<string, Chunk[]>() : byDocument(await chunksOf([...ids]));
  return new Map(
    [...missed].map(([query, documents]) => {
      const list = (candidates.get(query) ?? []).slice(0, count);
      const lowest = list.at(-1)?.score ?? 0;
      const more = documents.flatMap((id) => chunks.get(id) ?? []);
      return [query, [...list, ...more.map((chunk): RankedChunk => ({ chunk, score: lowest }))]];
    }),
  );
}

/** `chunksOf` of a pipeline task, from a store. */
export const storeChunks =
  (store: KnowledgeStore): NonNullable<PipelineTask['chunksOf']> =>
  async (documentIds) => {
    const chunks: Chunk[] = [];
    // Stores put the ids into a query: not too many at a time.
    for (let start = 0; start < documentIds.length; start += 200) {
      const ids = documentIds.slice(start, start + 200);
      for await (const chunk of store.chunks({ documentId: { in: ids } })) chunks.push(chunk);
    }
    return chunks;
  };
