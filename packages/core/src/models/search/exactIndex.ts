import { fromTypedArray, keep, noGrad, scope, type Tensor } from '@ragwright/torch';
import { packVectors } from './packVectors.ts';

/** What was found for one query, best first; ties by place in the index. */
export interface Neighbours {
  /** Places in the index. */
  readonly indexes: Int32Array;
  /** Cosines. */
  readonly scores: Float32Array;
}

/** Rows of a block: 16,384 × 384 floats are 24 MB; scores of 128 queries 8 MB. */
const blockRows = 16_384;
/** Queries of one product. */
const queryRows = 128;

/**
 * Exact nearest neighbours by cosine among vectors held in memory: products of blocks and top k of each. Owns its
 * tensors until `dispose`.
 */
export class ExactIndex {
  readonly dimensions: number;
  readonly size: number;
  /** Unit vectors, [≤ blockRows, dimensions]. */
  #blocks: Tensor[];

  /**
   * @param vectors all of one length; a zero vector has cosine 0 with everything
   * @throws VectorError if lengths differ or a value is not finite
   */
  constructor(vectors: readonly Float32Array[]) {
    this.dimensions = vectors[0]?.length ?? 0;
    this.size = vectors.length;
    this.#blocks = [];
    try {
      for (let start = 0; start < vectors.length; start += blockRows) {
        const rows = vectors.slice(start, start + blockRows);
        const packed = packVectors(rows, this.dimensions, 'document', start);
        this.#blocks.push(fromTypedArray(packed, [rows.length, this.dimensions]));
        keep(this.#blocks.at(-1) as Tensor);
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /**
   * The k nearest of each query; fewer if the index has fewer.
   *
   * @throws VectorError as the constructor
   */
  search(queries: readonly Float32Array[], k: number): Neighbours[] {
    const found: Neighbours[] = [];
    const wanted = Math.min(k, this.size);
    for (let start = 0; start < queries.length; start += queryRows) {
      const rows = queries.slice(start, start + queryRows);
      const packed = this.size === 0 ? undefined : packVectors(rows, this.dimensions, 'query', start);
      if (!packed || wanted < 1) found.push(...rows.map(() => nothing));
      else found.push(...this.#searchBatch(packed, rows.length, wanted));
    }
    return found;
  }

  /** As `search`, giving way to the event loop between batches of queries. */
  async searchMany(
    queries: readonly Float32Array[],
    k: number,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Neighbours[]> {
    const found: Neighbours[] = [];
    for (let start = 0; start < queries.length; start += queryRows) {
      options.signal?.throwIfAborted();
      found.push(...this.search(queries.slice(start, start + queryRows), k));
      await new Promise((resume) => setImmediate(resume));
    }
    return found;
  }

  #searchBatch(packed: Float32Array, rows: number, k: number): Neighbours[] {
    const candidates: BlockTop[] = [];
    noGrad(() =>
      scope(() => {
        const queries = fromTypedArray(packed, [rows, this.dimensions]);
        this.#blocks.forEach((block, b) => {
          const count = Math.min(k, block.shape[0] as number);
          const [values, indices] = queries.matmul(block.t()).topk(count, 1);
          candidates.push({
            first: b * blockRows,
            count,
            scores: values.data() as Float32Array,
            places: indices.to('int32').data() as Int32Array,
          });
        });
      }),
    );
    return Array.from({ length: rows }, (_, row) => merge(candidates, row, k));
  }

  dispose(): void {
    for (const block of this.#blocks) block.dispose();
    this.#blocks = [];
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

const nothing: Neighbours = { indexes: new Int32Array(0), scores: new Float32Array(0) };

/** Top `count` of each query in one block, row after row. */
interface BlockTop {
  /** Place of the block's first row. */
  readonly first: number;
  readonly count: number;
  readonly scores: Float32Array;
  readonly places: Int32Array;
}

function merge(candidates: readonly BlockTop[], row: number, k: number): Neighbours {
  const found: { index: number; score: number }[] = [];
  for (const { first, count, scores, places } of candidates) {
    for (let i = row * count; i < (row + 1) * count; i++)
      found.push({ index: first + (places[i] as number), score: scores[i] as number });
  }
  found.sort((a, b) => b.score - a.score || a.index - b.index);
  const best = found.slice(0, k);
  return {
    indexes: Int32Array.from(best, ({ index }) => index),
    scores: Float32Array.from(best, ({ score }) => score),
  };
}
