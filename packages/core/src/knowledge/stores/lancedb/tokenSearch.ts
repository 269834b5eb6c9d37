import { Index, type Table, type VectorQuery } from '@lancedb/lancedb';
import { maxSim } from '../../scoring/index.ts';
import type { MultiVector, RankedChunk } from '../../types.ts';
import { bestOfGrowing, rankedRow } from './rows.ts';
import type { Effort } from './vectorSearch.ts';

/** Chunks that a search of the index compares exactly, at least: with 50, recall@10 fell to 0.2. See docs/decisions/0020. */
const fewestCandidates = 500;
/** Parts of the index looked into for each token of a query. */
const defaultProbes = 32;
/** Token vectors in a part of the index. */
const vectorsInPart = 1500;
const mostParts = 4096;
/** Queries that LanceDB works on at a time. */
const parallel = 2;

export const tokenIndexName = 'tokens_idx';

/** Token vectors as they are, in parts (IVF_FLAT); LanceDB knows no other distance for several vectors than cosine. */
export async function indexTokens(table: Table): Promise<void> {
  const rows = await table.countRows('tokens IS NOT NULL');
  if (rows === 0) return;
  const sample = await table.query().where('tokens IS NOT NULL').select(['tokens']).limit(256).toArrow();
  const lengths = Array.from(
    sample.getChild('tokens') ?? [],
    (tokens) => (tokens as { length: number }).length,
  );
  const vectors = (rows * lengths.reduce((sum, length) => sum + length, 0)) / Math.max(1, lengths.length);
  const numPartitions = Math.min(mostParts, Math.max(8, Math.round(vectors / vectorsInPart)));
  const config = Index.ivfFlat({ numPartitions, distanceType: 'cosine', maxIterations: 20, sampleRate: 64 });
  await table.createIndex('tokens', { config, replace: true });
}

/**
 * By MaxSim. LanceDB finds candidates: all rows are compared, or, without a filter, those that its index finds (it
 * estimates their scores); the scores of the best are then computed from their token vectors.
 *
 * @param isIndexed whether the table has the index
 */
export async function searchTokens(
  table: Table,
  isIndexed: boolean,
  queries: readonly MultiVector[],
  k: number,
  where: string | undefined,
  { probes = defaultProbes, refine = 2 }: Effort,
): Promise<RankedChunk[][]> {
  const candidates = Math.max(fewestCandidates, k * refine);
  const useIndex = isIndexed && where === undefined && k <= candidates / 4;
  const ask = (query: VectorQuery, limit: number): VectorQuery =>
    useIndex
      ? query.nprobes(Math.min(probes, mostParts)).limit(Math.max(limit, candidates))
      : query.bypassVectorIndex().limit(limit);
  const results = new Array<RankedChunk[]>(queries.length);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < queries.length) {
      const i = next++;
      const query = queries[i] as MultiVector;
      results[i] =
        query.data.length === 0
          ? []
          : await bestOfGrowing(k, (limit) => {
              const search = ask(nearest(table, query), limit);
              if (where !== undefined) search.where(where);
              return rescored(search, query);
            });
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, queries.length) }, work));
  return results;
}

function nearest(table: Table, { data, dimensions }: MultiVector): VectorQuery {
  const vectors = Array.from({ length: data.length / dimensions }, (_, i) =>
    data.slice(i * dimensions, (i + 1) * dimensions),
  );
  return (table.vectorSearch(vectors) as VectorQuery).column('tokens').distanceType('cosine');
}

async function rescored(search: VectorQuery, query: MultiVector): Promise<RankedChunk[]> {
  const { dimensions } = query;
  const found: RankedChunk[] = [];
  const table = await search.select(['chunk', 'tokens', '_distance']).toArrow();
  for (const batch of table.batches) {
    const chunks = batch.getChild('chunk');
    const tokens = batch.getChild('tokens')?.data[0];
    const offsets = tokens?.valueOffsets as Int32Array;
    const values = tokens?.children[0]?.children[0]?.values as Float32Array;
    for (let row = 0; row < batch.numRows; row++) {
      const start = (offsets[row] as number) * dimensions;
      const end = (offsets[row + 1] as number) * dimensions;
      const score = maxSim(query, { dimensions, data: values.subarray(start, end) });
      found.push(rankedRow({ chunk: String(chunks?.get(row)) }, score));
    }
  }
  return found;
}
