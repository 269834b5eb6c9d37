import { searchableText } from '../terms/index.ts';
import type { RankedChunk, Reranker, RerankRequest, RetrieveOptions, Retriever } from '../types.ts';
import { applyCalibration } from './calibration/index.ts';
import { combineScores, usesOwnScores } from './combine.ts';
import { type RerankingOptions, type ResolvedRerankingOptions, resolveRerankingOptions } from './options.ts';
import { type Pace, scoreAll, scoreWithin } from './scoreWithin.ts';

/**
 * Retrieve, rerank, return the best: a retriever finds the candidates, a reranker reads each together with the query
 * (title, headings and text, as indexes see it) and puts them in order. Filter and boosts go to the retriever: boosts
 * decide who becomes a candidate, and count in the retriever's part of the score.
 *
 * Chunks that the reranker did not read (beyond `candidates`, or over a budget) stand behind those that it read, in
 * the retriever's order. Their scores only say so: each is 1 less than that of the chunk before it. Where nothing was
 * read for a query, its list is the retriever's. With `minScore`, unread chunks are left out.
 *
 * All queries are scored in one call, unless there is a latency budget.
 *
 * @example
 * const retriever = rerankingRetriever(denseRetriever(store, embedder), reranker, { candidates: 100 });
 * const [found] = await retriever.retrieve(['what lowers blood pressure?'], { k: 10 });
 * @throws ConfigError if the options are wrong; `retrieve` throws RerankerError if scores are missing or not finite
 */
export function rerankingRetriever(
  retriever: Retriever,
  reranker: Reranker,
  options: RerankingOptions = {},
): Retriever {
  const resolved = resolveRerankingOptions(options, reranker);
  const pace: Pace = {};
  return {
    async retrieve(queries: readonly string[], wanted: RetrieveOptions): Promise<RankedChunk[][]> {
      const started = resolved.clock();
      const depth = Math.max(wanted.k, resolved.candidates);
      const lists = await retriever.retrieve(queries, { ...wanted, k: depth });
      wanted.signal?.throwIfAborted();
      const requests = await readable(reranker, queries, lists, resolved);
      const scoring = wanted.signal === undefined ? {} : { signal: wanted.signal };
      const { latencyBudgetMs, clock, slice } = resolved;
      const scores =
        latencyBudgetMs === undefined
          ? await scoreAll(reranker, requests, scoring)
          : await scoreWithin(reranker, requests, scoring, {
              clock,
              deadline: started + latencyBudgetMs,
              slice,
              pace,
            });
      return lists.map((list, i) =>
        reordered(list, scores[i] ?? new Float32Array(0), resolved).slice(0, wanted.k),
      );
    },
  };
}

/** What the reranker may read of each list: the first candidates, as far as their tokens stay within the budget. */
async function readable(
  reranker: Reranker,
  queries: readonly string[],
  lists: readonly RankedChunk[][],
  { candidates, tokenBudget }: ResolvedRerankingOptions,
): Promise<RerankRequest[]> {
  const requests = lists.map((list, i) => ({
    query: queries[i] ?? '',
    passages: list.slice(0, candidates).map(({ chunk }) => searchableText(chunk)),
  }));
  if (tokenBudget === undefined || reranker.countTokens === undefined) return requests;
  const within: RerankRequest[] = [];
  for (const { query, passages } of requests) {
    const tokens = passages.length === 0 ? [] : await reranker.countTokens({ query, passages });
    let sum = 0;
    const over = tokens.findIndex((count) => {
      sum += count;
      return sum > tokenBudget;
    });
    within.push({ query, passages: over < 0 ? passages : passages.slice(0, over) });
  }
  return within;
}

/** A list with its first chunks, as many as there are scores, put in order. */
function reordered(
  list: readonly RankedChunk[],
  scores: Float32Array,
  options: ResolvedRerankingOptions,
): RankedChunk[] {
  const { minScore, calibration } = options;
  const calibrated = (score: number) => (calibration ? applyCalibration(calibration, score) : score);
  const read = list.slice(0, scores.length).map(({ chunk, score }, i) => {
    return { chunk, retrieverScore: score, rerankerScore: scores[i] as number };
  });
  const combined = combineScores(read, options);
  const ranked = usesOwnScores(options)
    ? combined.map(({ chunk, score }) => ({ chunk, score: calibrated(score) }))
    : combined;
  if (minScore !== undefined) {
    const passed = new Set(
      read.filter(({ rerankerScore }) => calibrated(rerankerScore) >= minScore).map(({ chunk }) => chunk.id),
    );
    return ranked.filter(({ chunk }) => passed.has(chunk.id));
  }
  const unread = list.slice(scores.length);
  const lowest = ranked.at(-1)?.score;
  return lowest === undefined
    ? unread
    : [...ranked, ...unread.map(({ chunk }, i) => ({ chunk, score: lowest - i - 1 }))];
}
