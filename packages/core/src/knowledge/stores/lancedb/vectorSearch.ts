import { Index, type Table, type VectorQuery } from '@lancedb/lancedb';
import type { RankedChunk } from '../../types.ts';
import { bestOfGrowing, rankedRow } from './rows.ts';

/** Rows in a part of the index: measured on 100,000 vectors of 384, see docs/decisions/0011. */
const rowsInPart = 1500;

/** Vectors that go into one search. */
const together = 64;

export const vectorIndexName = 'vector_idx';

const mostParts = 4096;
const partsFor = (rows: number): number => Math.min(mostParts, Math.max(8, Math.round(rows / rowsInPart)));

/** Whole vectors in parts (IVF_FLAT): builds in seconds, and what it finds it scores exactly. */
export const indexVectors = (table: Table, rows: number): Promise<void> =>
  table.createIndex('vector', {
    config: Index.ivfFlat({
      numPartitions: partsFor(rows),
      distanceType: 'dot', // of unit vectors: cosine
      maxIterations: 20,
      sampleRate: 64,
    }),
    replace: true,
  });

export async function searchVectors(
  table: Table,
  queries: readonly Float32Array[],
  k: number,
  where: string | undefined,
  probes: number | undefined,
): Promise<RankedChunk[][]> {
  const rows = await table.countRows();
  const look = Math.min(probes ?? Math.ceil(24 + partsFor(rows) / 8), mostParts);
  const results: RankedChunk[][] = [];
  for (let start = 0; start < queries.length; start += together) {
    const some = queries.slice(start, start + together);
    const found = await searchTogether(table, some, k + 8, where, look);
    for (const [i, list] of found.entries()) {
      // The first round is everybody's; only who has ties at the end is searched for again.
      let first: RankedChunk[] | undefined = list;
      results.push(
        await bestOfGrowing(k, async (limit) => {
          const known =
            first ?? (await searchTogether(table, [some[i] as Float32Array], limit, where, look))[0];
          first = undefined;
          return known as RankedChunk[];
        }),
      );
    }
  }
  return results;
}

async function searchTogether(
  table: Table,
  queries: readonly Float32Array[],
  limit: number,
  where: string | undefined,
  probes: number,
): Promise<RankedChunk[][]> {
  const [first, ...others] = queries as [Float32Array, ...Float32Array[]];
  let query: VectorQuery = table.query().nearestTo(first).distanceType('dot');
  for (const other of others) query = query.addQueryVector(other);
  // With a filter, or for a long list, so few parts might not hold enough.
  const isEnough = where === undefined && limit < (probes * rowsInPart) / 8;
  query = isEnough ? query.nprobes(probes) : query.maximumNprobes(mostParts).minimumNprobes(probes);
  if (where !== undefined) query.where(where);
  const rows = await query.select(['chunk', '_distance']).limit(limit).toArray();
  const results: RankedChunk[][] = queries.map(() => []);
  for (const row of rows) results[row.query_index ?? 0]?.push(rankedRow(row, 1 - row._distance));
  return results;
}
