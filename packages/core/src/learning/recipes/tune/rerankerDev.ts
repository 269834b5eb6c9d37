import { SeededRandom } from '../../../base/rng.ts';
import { searchableText } from '../../../knowledge/index.ts';
import type { RerankerDevSet } from '../reranker.ts';
import type { Knowledge } from './knowledge.ts';
import type { ResolvedRerankerStage } from './rerankerSettings.ts';
import type { TuneData } from './types.ts';

/** What the kept retriever finds for some of the dev queries; absent without dev queries. */
export async function rerankerDevSet(
  { queries, judgements: { dev } }: Pick<TuneData, 'queries' | 'judgements'>,
  { retriever }: Pick<Knowledge, 'retriever'>,
  { devQueries, candidates: k, negatives: { seed } }: ResolvedRerankerStage,
  signal: AbortSignal | undefined,
): Promise<RerankerDevSet | undefined> {
  if (dev.size === 0) return undefined;
  const judgements = new Map(new SeededRandom(seed).sample([...dev], devQueries));
  const texts = new Map([...judgements.keys()].map((id) => [id, queries.get(id) as string]));
  const found = await retriever.retrieve([...texts.values()], { k, ...(signal && { signal }) });
  const candidates = new Map(
    [...texts.keys()].map((id, i) => [
      id,
      (found[i] ?? []).map(({ chunk }) => ({ documentId: chunk.documentId, text: searchableText(chunk) })),
    ]),
  );
  return { queries: texts, candidates, judgements };
}
