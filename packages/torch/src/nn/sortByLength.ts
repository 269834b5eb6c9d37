import { cat, indexSelect } from '../ops/index.ts';
import { fromTypedArray } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { PackedBatch } from './packedBatch.ts';

export interface SortedBatch {
  readonly batch: PackedBatch;
  /** Puts the tokens of the sorted stream, [T, …], back into the caller's order. */
  restore(sorted: Tensor): Tensor;
  /** The same for one row per sequence, [sequences, …]. */
  restoreEach(sorted: Tensor): Tensor;
  /** Releases the sorted copy, if one was made. */
  dispose(): void;
}

/**
 * A batch with its sequences sorted by length, so that attention need not gather them in every layer. The
 * batch itself if equal lengths already stand together.
 */
export function sortByLength(batch: PackedBatch): SortedBatch {
  const { lengths } = batch;
  const order = lengths.map((_, i) => i).sort((a, b) => (lengths[a] as number) - (lengths[b] as number));
  if (isGrouped(lengths)) return { batch, restore: (x) => x, restoreEach: (x) => x, dispose: () => {} };
  const sorted = batch.reordered(order);
  return {
    batch: sorted,
    restore: (x) => {
      const pieces = x.splitWithSizes([...sorted.lengths], 0);
      const original: Tensor[] = new Array(pieces.length);
      for (const [to, from] of order.entries()) original[from] = pieces[to] as Tensor;
      return cat(original, 0);
    },
    restoreEach: (x) => {
      const places = new BigInt64Array(order.length);
      for (const [to, from] of order.entries()) places[from] = BigInt(to);
      return indexSelect(x, 0, fromTypedArray(places, [places.length]).to({ device: x.device }));
    },
    dispose: () => sorted.dispose(),
  };
}

function isGrouped(lengths: readonly number[]): boolean {
  const done = new Set<number>();
  return lengths.every((length, i) => {
    if (lengths[i - 1] === length) return true;
    const fresh = !done.has(length);
    done.add(length);
    return fresh;
  });
}
