import type { Reranker, RerankOptions, RerankRequest } from '../types.ts';
import { RerankerError } from './errors.ts';

/** What a character of query and passage has cost lately. One per retriever, kept from call to call. */
export interface Pace {
  msPerCharacter?: number;
}

export interface LatencyBudget {
  readonly clock: () => number;
  /** On that clock. */
  readonly deadline: number;
  /** Most pairs between two looks at the clock. */
  readonly slice: number;
  readonly pace: Pace;
}

/** Scores everything, in one call. @throws RerankerError */
export async function scoreAll(
  reranker: Reranker,
  requests: readonly RerankRequest[],
  options: RerankOptions,
): Promise<Float32Array[]> {
  const filled = requests.filter(({ passages }) => passages.length > 0);
  const scores = filled.length === 0 ? [] : await reranker.score(filled, options);
  if (scores.length !== filled.length) {
    const query = filled[0]?.query ?? '';
    throw new RerankerError({ query, expected: `${filled.length} lists of scores`, got: `${scores.length}` });
  }
  filled.forEach((request, i) => {
    checkScores(request, scores[i] as Float32Array);
  });
  let next = 0;
  return requests.map(({ passages }) =>
    passages.length === 0 ? new Float32Array(0) : (scores[next++] as Float32Array),
  );
}

/**
 * Scores what fits into the time: the first passage of every query, then the second of every query, and so on, in
 * slices. A slice is made no longer than the time left allows at the pace so far; the first slice of a call has at
 * least one pair, so that one slow call cannot switch the reranker off for good.
 *
 * @returns the scores of each request's first passages, as many as were reached
 * @throws RerankerError
 */
export async function scoreWithin(
  reranker: Reranker,
  requests: readonly RerankRequest[],
  options: RerankOptions,
  { clock, deadline, slice, pace }: LatencyBudget,
): Promise<Float32Array[]> {
  const found: number[][] = requests.map(() => []);
  const pairs = pairsByRank(requests);
  for (let start = 0; start < pairs.length; ) {
    options.signal?.throwIfAborted();
    const now = clock();
    const fits = countFitting(pairs, start, slice, (deadline - now) / (pace.msPerCharacter ?? 0));
    const size = start === 0 && now < deadline ? Math.max(1, fits) : fits;
    if (size === 0) break;
    const part = pairs.slice(start, start + size);
    const scores = await scoreAll(reranker, requestsOf(part, requests), options);
    let next = 0;
    for (const query of new Set(part.map((pair) => pair.query)))
      found[query]?.push(...(scores[next++] ?? []));
    const cost = part.reduce((sum, { characters }) => sum + characters, 0);
    const measured = (clock() - now) / cost;
    pace.msPerCharacter = ((pace.msPerCharacter ?? measured) + measured) / 2;
    start += size;
  }
  return found.map((scores) => Float32Array.from(scores));
}

interface Pair {
  /** Index of the request. */
  readonly query: number;
  readonly passage: string;
  /** Of query and passage; at least 1. */
  readonly characters: number;
}

function pairsByRank(requests: readonly RerankRequest[]): Pair[] {
  const pairs: Pair[] = [];
  const most = requests.reduce((length, { passages }) => Math.max(length, passages.length), 0);
  for (let rank = 0; rank < most; rank++) {
    requests.forEach(({ query, passages }, i) => {
      const passage = passages[rank];
      if (passage !== undefined)
        pairs.push({ query: i, passage, characters: Math.max(1, query.length + passage.length) });
    });
  }
  return pairs;
}

/** How many pairs from `start` on fit into so many characters. */
function countFitting(pairs: readonly Pair[], start: number, most: number, characters: number): number {
  let count = 0;
  for (let left = characters; count < most && start + count < pairs.length; count++) {
    left -= (pairs[start + count] as Pair).characters;
    if (!(left >= 0)) break;
  }
  return count;
}

/** The pairs of a slice as requests, in the order in which their queries first appear. */
function requestsOf(pairs: readonly Pair[], requests: readonly RerankRequest[]): RerankRequest[] {
  const passages = new Map<number, string[]>();
  for (const { query, passage } of pairs) {
    const list = passages.get(query);
    if (list) list.push(passage);
    else passages.set(query, [passage]);
  }
  return [...passages].map(([query, list]) => ({ query: requests[query]?.query ?? '', passages: list }));
}

function checkScores({ query, passages }: RerankRequest, scores: Float32Array): void {
  if (scores.length !== passages.length)
    throw new RerankerError({ query, expected: `${passages.length} scores`, got: `${scores.length}` });
  const bad = scores.findIndex((score) => !Number.isFinite(score));
  if (bad >= 0)
    throw new RerankerError({
      query,
      expected: 'finite scores',
      got: `${scores[bad]} for passage ${bad + 1}`,
    });
}
