import { byRank } from '../stores/ranking.ts';
import type { RankedChunk } from '../types.ts';

/**
 * Reciprocal rank fusion (Cormack et al., SIGIR 2009): a chunk's score is Σ wᵢ / (k + its rank in list i, from 1);
 * lists that don't have it add nothing.
 *
 * @param k how little the first ranks stand out; 60 in the paper
 */
export function reciprocalRankFusion(
  lists: readonly (readonly RankedChunk[])[],
  { k = 60, weights = [] }: { readonly k?: number; readonly weights?: readonly number[] } = {},
): RankedChunk[] {
  const sum = new Sum();
  lists.forEach((list, i) => {
    const weight = weights[i] ?? 1;
    list.forEach((one, rank) => {
      sum.add(one, weight / (k + rank + 1));
    });
  });
  return sum.ranked();
}

/**
 * Weighted sum of scores that are made comparable per list: `minmax` to 0 … 1, `zscore` to mean 0 and deviation 1. A
 * chunk that a list doesn't have counts as that list's worst.
 */
export function weightedFusion(
  lists: readonly (readonly RankedChunk[])[],
  { normalise, weights = [] }: { readonly normalise: Normalisation; readonly weights?: readonly number[] },
): RankedChunk[] {
  const sum = new Sum();
  lists.forEach((list, i) => {
    const weight = weights[i] ?? 1;
    const scores = normalised(
      list.map(({ score }) => score),
      normalise,
    );
    const worst = scores.reduce((a, b) => Math.min(a, b), 0);
    list.forEach((one, j) => {
      sum.add(one, weight * ((scores[j] as number) - worst));
    });
    sum.offset += weight * worst;
  });
  return sum.ranked();
}

export type Normalisation = 'minmax' | 'zscore';

function normalised(scores: readonly number[], by: Normalisation): number[] {
  if (scores.length === 0) return [];
  if (by === 'minmax') {
    const low = scores.reduce((a, b) => Math.min(a, b));
    const high = scores.reduce((a, b) => Math.max(a, b));
    return scores.map((score) => (high > low ? (score - low) / (high - low) : 1));
  }
  const mean = scores.reduce((a, b) => a + b) / scores.length;
  const deviation = Math.sqrt(scores.reduce((a, b) => a + (b - mean) ** 2, 0) / scores.length);
  return scores.map((score) => (deviation > 0 ? (score - mean) / deviation : 0));
}

/** Scores added up by chunk. */
class Sum {
  /** Added to every score. */
  offset = 0;
  readonly #chunks = new Map<string, { readonly chunk: RankedChunk['chunk']; score: number }>();

  add({ chunk }: RankedChunk, score: number): void {
    const known = this.#chunks.get(chunk.id);
    if (known === undefined) this.#chunks.set(chunk.id, { chunk, score });
    else known.score += score;
  }

  ranked(): RankedChunk[] {
    return [...this.#chunks.values()]
      .map(({ chunk, score }) => ({ chunk, score: score + this.offset }))
      .sort(byRank);
  }
}
