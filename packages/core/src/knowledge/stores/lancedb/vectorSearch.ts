import { Index, type Table, type VectorQuery } from '@lancedb/lancedb';
import type { RankedChunk } from '../../types.ts';
import { bestOfGrowing, rankedRow } from './rows.ts';

/** Rows in a part of the index: measured on 100,000 vectors of 384, see docs/decisions/0011. */
const rowsInPart = 1500;

/** How many are compared as they are, at least. */
const fewestCandidates = 100;

/** Vectors that go into one search. */
const together = 64;

export const vectorIndexName = 'vector_idx';

const mostParts = 4096;
const partsFor = (rows: number): number => Math.min(mostParts, Math.max(8, Math.round(rows / rowsInPart)));

/**
 * Parts whose vectors are kept as one bit per dimension (IVF_RQ: RaBitQ, arXiv 2405.12497), the best of which are then
 * compared as they are. Builds in seconds. Other lengths than multiples of 8 are kept whole (IVF_FLAT).
 */
export function indexVectors(table: Table, rows: number, dimensions: number): Promise<void> {
  const make = dimensions % 8 === 0 ? Index.ivfRq : Index.ivfFlat;
  const config = make({
    numPartitions: partsFor(rows),
    distanceType: 'dot', // of unit vectors: cosine
    maxIterations: 20,
    sampleRate: 64,
  });
  return table.createIndex('vector', { config, replace: true });
}

/** How hard a search of the index tries; see the store's options. */
export interface Effort {
  readonly probes?: number | undefined;
  readonly refine?: number | undefined;
}

export async function searchVectors(
  { table, rows }: { readonly table: Table; readonly rows: number },
  queries: readonly Float32Array[],
  k: number,
  where: string | undefined,
  effort: Effort,
): Promise<RankedChunk[][]> {
  const probes = Math.min(effort.probes ?? Math.ceil(64 + partsFor(rows) / 8), mostParts);
  const tried = { probes, refine: effort.refine };
  const results: RankedChunk[][] = [];
  for (let start = 0; start < queries.length; start += together) {
    const some = queries.slice(start, start + together);
    const found = await searchTogether(table, some, k + 8, where, tried);
    for (const [i, list] of found.entries()) {
      // The first round is everybody's; only who has ties at the end is searched for again.
      let first: RankedChunk[] | undefined = list;
      results.push(
        await bestOfGrowing(k, async (limit) => {
          const known =
            first ?? (await searchTogether(table, [some[i] as Float32Array], limit, where, tried))[0];
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
  { probes, refine = Math.max(2, Math.ceil(fewestCandidates / limit)) }: { readonly probes: number } & Effort,
): Promise<RankedChunk[][]> {
  const [first, ...others] = queries as [Float32Array, ...Float32Array[]];
  let query: VectorQuery = table.query().nearestTo(first).column('vector').distanceType('dot');
  for (const other of others) query = query.addQueryVector(other);
  // With a filter, or for a long list, so few parts might not hold enough.
  const isEnough = where === undefined && limit < (probes * rowsInPart) / 8;
  query = isEnough ? query.nprobes(probes) : query.maximumNprobes(mostParts).minimumNprobes(probes);
  query = query.refineFactor(refine);
  if (where !== undefined) query.where(where);
  const rows = await query.select(['chunk', '_distance']).limit(limit).toArray();
  const results: RankedChunk[][] = queries.map(() => []);
  for (const row of rows) results[row.query_index ?? 0]?.push(rankedRow(row, 1 - row._distance));
  return results;
}
