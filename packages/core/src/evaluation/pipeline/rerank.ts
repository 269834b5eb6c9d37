import { type RerankingOptions, rerankingRetriever } from '../../knowledge/reranking/index.ts';
import type { RankedChunk, Reranker, RerankRequest, Retriever } from '../../knowledge/types.ts';
import type { Candidates } from './candidates.ts';

/** Queries that are scored in one call. */
const batchSize = 64;

export interface RerankAllOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Recorded candidates in a reranker's order: what the reranking retriever would give, many queries at a time. */
export async function rerankAll(
  queries: ReadonlyMap<string, string>,
  candidates: Candidates,
  reranker: Reranker,
  settings: RerankingOptions,
  { signal, onProgress }: RerankAllOptions,
): Promise<Candidates> {
  const { latencyBudgetMs: _, calibration, ...timeless } = settings;
  // Calibration changes no order, but makes ties, which documents would be sorted by: it is for the threshold alone.
  const untimed = calibration && settings.minScore !== undefined ? { ...timeless, calibration } : timeless;
  const all = [...queries];
  const result = new Map<string, readonly RankedChunk[]>();
  for (let start = 0; start < all.length; start += batchSize) {
    signal?.throwIfAborted();
    const batch = all.slice(start, start + batchSize);
    const lists = batch.map(([id]) => [...(candidates.get(id) ?? [])]);
    const k = Math.max(1, ...lists.map(({ length }) => length));
    const recorded: Retriever = { retrieve: async () => lists };
    const ranked = await rerankingRetriever(recorded, reranker, untimed).retrieve(
      batch.map(([, text]) => text),
      signal ? { k, signal } : { k },
    );
    batch.forEach(([id], i) => {
      result.set(id, ranked[i] ?? []);
    });
    onProgress?.(start + batch.length, all.length);
  }
  return result;
}

/** A reranker that scores no (query, passage) pair twice: the two views of a stage share most of theirs. */
export function rememberingReranker(reranker: Reranker): Reranker {
  const known = new Map<string, Map<string, number>>();
  const scoresOf = (query: string) => {
    const scores = known.get(query) ?? new Map<string, number>();
    known.set(query, scores);
    return scores;
  };
  const { countTokens } = reranker;
  return {
    fingerprint: reranker.fingerprint,
    ...(countTokens && { countTokens: (request: RerankRequest) => countTokens.call(reranker, request) }),
    async score(requests, options) {
      const unknown = requests
        .map(({ query, passages }) => {
          const scores = scoresOf(query);
          return { query, passages: passages.filter((passage) => !scores.has(passage)) };
        })
        .filter(({ passages }) => passages.length > 0);
      const found = unknown.length === 0 ? [] : await reranker.score(unknown, options);
      unknown.forEach(({ query, passages }, i) => {
        passages.forEach((passage, j) => {
          scoresOf(query).set(passage, found[i]?.[j] ?? Number.NaN);
        });
      });
      return requests.map(({ query, passages }) =>
        Float32Array.from(passages, (passage) => scoresOf(query).get(passage) as number),
      );
    },
  };
}
