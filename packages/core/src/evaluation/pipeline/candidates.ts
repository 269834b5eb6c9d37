import type { Chunk } from '../../corpus/chunks/types.ts';
import { rankDocuments as documentsOf } from '../../knowledge/retrieval/index.ts';
import type { RankedChunk, Retriever } from '../../knowledge/types.ts';
import { rankDocuments } from '../metrics/index.ts';
import { type RetrieverRunOptions, retrieverRun } from '../retrieval/index.ts';
import type { Run } from '../types.ts';
import type { PipelineTask } from './types.ts';

/** Query id → chunks found, best first. */
export type Candidates = ReadonlyMap<string, readonly RankedChunk[]>;

/**
 * What a retriever finds for each query, kept as chunks so that any number of rerankers can read it: each query has
 * at least `k` documents, if there are as many.
 */
export async function recordCandidates(
  queries: ReadonlyMap<string, string>,
  retriever: Retriever,
  k: number,
  options: RetrieverRunOptions,
): Promise<Candidates> {
  const byText = new Map<string, readonly RankedChunk[]>();
  const recording: Retriever = {
    async retrieve(texts, wanted) {
      const lists = await retriever.retrieve(texts, wanted);
      texts.forEach((text, i) => {
        byText.set(text, lists[i] ?? []); // asked again for more, the longer list
      });
      return lists;
    },
  };
  await retrieverRun(queries, recording, k, options);
  return new Map(
    [...queries].map(([id, text]) => {
      const found = byText.get(text) ?? [];
      return [id, options.excludeSameId ? found.filter(({ chunk }) => chunk.documentId !== id) : found];
    }),
  );
}

/** The chunks of the documents of a run: each has its document's score. */
export async function candidatesOfRun(
  queries: ReadonlyMap<string, string>,
  run: Run,
  chunksOf: NonNullable<PipelineTask['chunksOf']>,
): Promise<Candidates> {
  const ids = new Set([...queries.keys()].flatMap((query) => [...(run.get(query)?.keys() ?? [])]));
  const chunks = byDocument(await chunksOf([...ids]));
  return new Map(
    [...queries.keys()].map((query) => {
      const found = run.get(query) ?? new Map<string, number>();
      const list = rankDocuments(found).flatMap((id) =>
        (chunks.get(id) ?? []).map((chunk) => ({ chunk, score: found.get(id) as number })),
      );
      return [query, list];
    }),
  );
}

/** Documents instead of chunks, the first k of each query. */
export const runOf = (candidates: Candidates, k: number): Run =>
  new Map(
    [...candidates].map(([query, list]) => {
      const documents = documentsOf(list).slice(0, k);
      return [query, new Map(documents.map(({ documentId, score }) => [documentId, score]))];
    }),
  );

export function byDocument(chunks: Iterable<Chunk>): Map<string, Chunk[]> {
  const found = new Map<string, Chunk[]>();
  for (const chunk of chunks) {
    const list = found.get(chunk.documentId);
    if (list) list.push(chunk);
    else found.set(chunk.documentId, [chunk]);
  }
  return found;
}
