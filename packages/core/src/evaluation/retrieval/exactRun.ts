import { ExactIndex, type Neighbours } from '../../models/search/index.ts';
import type { Run } from '../types.ts';

/** Vectors by id. */
export type Vectors = ReadonlyMap<string, Float32Array>;

export interface ExactRunOptions {
  /** See {@link EvaluateRunOptions}; k others are found then. Default false. */
  readonly excludeSameId?: boolean;
  readonly signal?: AbortSignal;
  /** Called as queries are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Queries between two calls of `onProgress`. */
const slice = 512;

/**
 * The k nearest documents of every query by cosine: exact, without a store.
 *
 * @throws VectorError if vectors have different lengths or are not finite
 */
export async function exactRun(
  queries: Vectors,
  documents: Vectors,
  k: number,
  options: ExactRunOptions = {},
): Promise<Run> {
  const { excludeSameId = false, signal, onProgress } = options;
  const queryIds = [...queries.keys()];
  const documentIds = [...documents.keys()];
  const vectors = [...queries.values()];
  const run = new Map<string, ReadonlyMap<string, number>>();
  using index = new ExactIndex([...documents.values()]);
  for (let start = 0; start < queryIds.length; start += slice) {
    const batch = vectors.slice(start, start + slice);
    const found = await index.searchMany(batch, excludeSameId ? k + 1 : k, signal ? { signal } : {});
    found.forEach((neighbours, i) => {
      const id = queryIds[start + i] as string;
      run.set(id, scoresById(neighbours, documentIds, k, excludeSameId ? id : undefined));
    });
    onProgress?.(start + batch.length, queryIds.length);
  }
  return run;
}

function scoresById(
  { indexes, scores }: Neighbours,
  ids: readonly string[],
  k: number,
  excluded: string | undefined,
): Map<string, number> {
  const byId = new Map<string, number>();
  for (let i = 0; i < indexes.length && byId.size < k; i++) {
    const id = ids[indexes[i] as number] as string;
    if (id !== excluded) byId.set(id, scores[i] as number);
  }
  return byId;
}
