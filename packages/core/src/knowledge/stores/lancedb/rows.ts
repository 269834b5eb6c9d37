import type { Chunk } from '../../../corpus/chunks/types.ts';
import type { RankedChunk } from '../../types.ts';
import { byRank } from '../ranking.ts';

export const chunkOfRow = (row: { readonly chunk: string }): Chunk => JSON.parse(row.chunk) as Chunk;

export const rankedRow = (row: { readonly chunk: string }, score: number): RankedChunk => ({
  chunk: chunkOfRow(row),
  score,
});

/** Asked for beyond k, so that ties at the end can be told apart by id. */
const margin = 8;

/**
 * The best k with ties by id. LanceDB cuts ties anywhere, so it is asked for a few more, and for many more as long as
 * the last one still has the score of the k-th.
 */
export async function bestOfGrowing(
  k: number,
  search: (limit: number) => Promise<RankedChunk[]>,
): Promise<RankedChunk[]> {
  for (let limit = k + margin; ; limit *= 4) {
    const found = (await search(limit)).sort(byRank);
    if (found.length < limit || (found[k - 1]?.score ?? 0) > (found.at(-1)?.score ?? 0))
      return found.slice(0, k);
  }
}
