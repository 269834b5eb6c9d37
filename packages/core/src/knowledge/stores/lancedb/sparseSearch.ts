import type { Table } from '@lancedb/lancedb';
import type { RecordBatch } from 'apache-arrow';
import type { Chunk } from '../../../corpus/chunks/types.ts';
import type { RankedChunk, SparseVector } from '../../types.ts';
import { BestOf } from '../ranking.ts';
import { chunkOfRow } from './rows.ts';

/** Chunks in one look-up. */
const page = 500;

/**
 * By dot product, exactly: LanceDB has no index for sparse vectors, so their columns are read through once for all queries
 * of a call. See docs/decisions/0020 for what else was measured.
 *
 * @param table at one version: it is read twice
 */
export async function searchSparse(
  table: Table,
  queries: readonly SparseVector[],
  k: number,
  where: string | undefined,
): Promise<RankedChunk[][]> {
  const scorer = new BatchScorer(queries, k);
  const query = table.query().select(['id', 'sparse_indices', 'sparse_values']);
  if (where !== undefined) query.where(where);
  for await (const batch of query) scorer.add(batch);
  const ranked = scorer.ranked();
  const chunks = await chunksOf(table, new Set(ranked.flat().map(({ id }) => id)));
  return ranked.map((list) => list.map(({ id, score }) => ({ chunk: chunks.get(id) as Chunk, score })));
}

/** Weight of a place in one of the queries. */
interface Weight {
  readonly query: number;
  readonly value: number;
}

const slots = 2 ** 16;

/** Scores rows against all queries, and keeps the best ids of each. */
class BatchScorer {
  readonly #weights = new Map<number, Weight[]>();
  /** 1 where a place with these last 16 bits is in some query: most places of a row are not, and are passed over. */
  readonly #mayHave = new Uint8Array(slots);
  readonly #best: BestOf[];
  readonly #scores: Float64Array;
  readonly #ids = new Map<number, string>();
  #rows = 0;

  constructor(queries: readonly SparseVector[], k: number) {
    this.#best = queries.map(() => new BestOf(k, (row) => this.#ids.get(row) as string));
    this.#scores = new Float64Array(queries.length);
    queries.forEach(({ indices, values }, query) => {
      indices.forEach((index, i) => {
        const weights = this.#weights.get(index) ?? [];
        weights.push({ query, value: values[i] as number });
        this.#weights.set(index, weights);
        this.#mayHave[index % slots] = 1;
      });
    });
  }

  add(batch: RecordBatch): void {
    const ids = batch.getChild('id');
    const indices = listsOf<Int32Array>(batch, 'sparse_indices');
    const values = listsOf<Float32Array>(batch, 'sparse_values');
    for (let row = 0; row < batch.numRows; row++) {
      this.#scores.fill(0);
      const start = values.offsets[row] as number;
      const first = indices.offsets[row] as number;
      const count = (indices.offsets[row + 1] as number) - first;
      for (let i = 0; i < count; i++) {
        const index = indices.values[first + i] as number;
        if (this.#mayHave[index % slots] === 0) continue;
        for (const { query, value } of this.#weights.get(index) ?? []) {
          this.#scores[query] =
            (this.#scores[query] as number) + value * (values.values[start + i] as number);
        }
      }
      this.#offer(this.#rows++, () => String(ids?.get(row)));
    }
  }

  ranked(): { readonly id: string; readonly score: number }[][] {
    return this.#best.map((best) =>
      best.ranked().map(({ item, score }) => ({ id: this.#ids.get(item) as string, score })),
    );
  }

  #offer(row: number, id: () => string): void {
    for (const [query, best] of this.#best.entries()) {
      const score = this.#scores[query] as number;
      if (score <= 0 || score < best.floor) continue;
      if (!this.#ids.has(row)) this.#ids.set(row, id());
      best.offer(row, score);
    }
  }
}

/** A column of lists: its values in one block, and where each row's begin. */
function listsOf<A>(batch: RecordBatch, name: string): { readonly values: A; readonly offsets: Int32Array } {
  const data = batch.getChild(name)?.data[0];
  return { values: data?.children[0]?.values as A, offsets: data?.valueOffsets as Int32Array };
}

async function chunksOf(table: Table, ids: ReadonlySet<string>): Promise<Map<string, Chunk>> {
  const all = [...ids];
  const chunks = new Map<string, Chunk>();
  for (let start = 0; start < all.length; start += page) {
    const some = all.slice(start, start + page).map((id) => `'${id.replaceAll("'", "''")}'`);
    const rows = await table
      .query()
      .where(`id IN (${some.join(', ')})`)
      .select(['chunk'])
      .toArray();
    for (const row of rows) {
      const chunk = chunkOfRow(row);
      chunks.set(chunk.id, chunk);
    }
  }
  return chunks;
}
