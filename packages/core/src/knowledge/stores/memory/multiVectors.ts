import type { Chunk } from '../../../corpus/chunks/types.ts';
import { maxSim } from '../../scoring/index.ts';
import type { MultiVector, RankedChunk } from '../../types.ts';
import { BestOf } from '../ranking.ts';

/** A chunk with its token vectors. */
export interface TokenRow {
  readonly chunk: Chunk;
  readonly tokens: MultiVector;
}

/** Multiplications between two looks at the event loop: some 50 ms. */
const workPerTurn = 5e7;

/**
 * Exact MaxSim of each query with every row, block by block: after some 50 ms of products others have their turn, within
 * a query too. What is written meanwhile is not seen, as the rows are those of the start.
 *
 * @param pause gives way; throws to stop
 */
export async function rankByMaxSim(
  rows: readonly TokenRow[],
  queries: readonly MultiVector[],
  k: number,
  pause: () => Promise<void>,
): Promise<RankedChunk[][]> {
  const results: RankedChunk[][] = [];
  let work = 0;
  for (const query of queries) {
    const best = new BestOf(k, (row) => (rows[row] as TokenRow).chunk.id);
    const queryTokens = query.data.length / query.dimensions;
    for (let row = 0; queryTokens > 0 && row < rows.length; row++) {
      const { tokens } = rows[row] as TokenRow;
      best.offer(row, maxSim(query, tokens));
      work += queryTokens * tokens.data.length;
      if (work < workPerTurn) continue;
      await pause();
      work = 0;
    }
    results.push(best.ranked().map(({ item, score }) => ({ chunk: (rows[item] as TokenRow).chunk, score })));
  }
  return results;
}
