import type { Reranker, RerankOptions, RerankRequest } from './types.ts';

const wordsOf = (text: string): string[] => text.toLowerCase().match(/\w+/g) ?? [];

/**
 * Scores a passage by the share of its words that the query has, the last of them counting most: an order of its own,
 * that neither BM25 nor cosine gives. Tells how it was called.
 */
export function wordReranker(fingerprint = 'overlap-1') {
  const calls: RerankRequest[][] = [];
  const score = async (requests: readonly RerankRequest[], { signal }: RerankOptions = {}) => {
    signal?.throwIfAborted();
    calls.push([...requests]);
    return requests.map(({ query, passages }) =>
      Float32Array.from(passages, (passage) => overlap(wordsOf(query), wordsOf(passage))),
    );
  };
  const countTokens = async ({ query, passages }: RerankRequest) =>
    Int32Array.from(passages, (passage) => wordsOf(query).length + wordsOf(passage).length + 3);
  return { fingerprint, score, countTokens, calls } satisfies Reranker & { calls: RerankRequest[][] };
}

function overlap(query: readonly string[], passage: readonly string[]): number {
  const wanted = new Set(query);
  let sum = 0;
  passage.forEach((word, i) => {
    if (wanted.has(word)) sum += (i + 1) / passage.length;
  });
  return sum / Math.max(1, passage.length);
}
