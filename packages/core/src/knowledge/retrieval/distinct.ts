import type { RankedChunk, RetrieveOptions, Retriever } from '../types.ts';

/**
 * Leaves out chunks that nearly repeat a better one, as overlapping chunks and copied pages do: where the share of
 * common word triples (Jaccard) reaches the threshold.
 *
 * @param threshold 0 to 1; default 0.8
 */
export function distinctRetriever(retriever: Retriever, { threshold = 0.8 } = {}): Retriever {
  return {
    async retrieve(queries: readonly string[], options: RetrieveOptions): Promise<RankedChunk[][]> {
      const results = await retriever.retrieve(queries, { ...options, k: 2 * options.k + 10 });
      return results.map((ranked) => withoutNearDuplicates(ranked, threshold).slice(0, options.k));
    },
  };
}

/** The list without chunks that nearly repeat one before them. */
export function withoutNearDuplicates(ranked: readonly RankedChunk[], threshold = 0.8): RankedChunk[] {
  const kept: { readonly one: RankedChunk; readonly triples: ReadonlySet<string> }[] = [];
  for (const one of ranked) {
    const triples = wordTriples(one.chunk.text);
    if (kept.some((other) => jaccard(triples, other.triples) >= threshold)) continue;
    kept.push({ one, triples });
  }
  return kept.map(({ one }) => one);
}

function wordTriples(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length < 3) return new Set([words.join(' ')]);
  return new Set(words.slice(2).map((word, i) => `${words[i]} ${words[i + 1]} ${word}`));
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0;
  for (const triple of a) if (b.has(triple)) common++;
  return common / (a.size + b.size - common);
}
