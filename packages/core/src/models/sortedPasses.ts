import { setImmediate as nextTurn } from 'node:timers/promises';
import { autocast, noGrad, scope, type Tensor } from '@ragwright/torch';
import type { Module } from '@ragwright/torch/nn';

/** Most tokens in one forward pass: more is no faster, and takes more memory. */
export const defaultBatchTokens = 4096;

export interface PassOptions {
  /** Most tokens in one forward pass; default 4096. */
  readonly batchTokens?: number;
  readonly signal?: AbortSignal;
  /** Called as items are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** How rows of numbers are computed for some items, such as texts. */
export interface PassWork<T> {
  /** Items with the same key are computed once. */
  keyOf(item: T): string;
  /** Token ids of each of the items, no two of which are equal. Called once. */
  tokenize(items: readonly T[]): Promise<readonly Int32Array[]>;
  /** One forward pass: a row for each of these indexes into what `tokenize` was given. */
  forward(indexes: readonly number[]): readonly Float32Array[];
  /** The row of an item without a token. */
  empty(): Float32Array;
}

/**
 * A row for each item, in their order. Items are sorted by length and computed in passes of at most `batchTokens`;
 * the event loop gets its turn before each pass.
 *
 * @throws the signal's reason when it is aborted
 */
export async function inSortedPasses<T>(
  items: readonly T[],
  work: PassWork<T>,
  options: PassOptions = {},
): Promise<Float32Array[]> {
  const { batchTokens = defaultBatchTokens, signal, onProgress } = options;
  signal?.throwIfAborted();
  const places = new Map<string, number[]>();
  items.forEach((item, i) => {
    const key = work.keyOf(item);
    const same = places.get(key);
    if (same) same.push(i);
    else places.set(key, [i]);
  });
  const distinct = [...places.values()];
  const sequences = await work.tokenize(distinct.map(([first]) => items[first as number] as T));
  const rows: Float32Array[] = new Array(items.length);
  let done = 0;
  const give = (index: number, row: Float32Array): void => {
    const [first, ...others] = distinct[index] as [number, ...number[]];
    rows[first] = row;
    for (const place of others) rows[place] = row.slice();
    done += 1 + others.length;
  };
  const { batches, empty } = batchesByLength(sequences, batchTokens);
  for (const index of empty) give(index, work.empty());
  for (const batch of batches) {
    await nextTurn();
    signal?.throwIfAborted();
    const made = work.forward(batch);
    batch.forEach((index, i) => {
      give(index, made[i] as Float32Array);
    });
    onProgress?.(done, items.length);
  }
  if (batches.length === 0) onProgress?.(done, items.length);
  return rows;
}

/**
 * Indexes of the sequences in batches of at most `batchTokens` tokens (one that is longer goes alone), longest first:
 * if memory does not suffice, that shows at once. Equal lengths stand together, as attention likes it.
 */
export function batchesByLength(
  sequences: readonly Int32Array[],
  batchTokens: number,
): { readonly batches: number[][]; readonly empty: number[] } {
  const lengthOf = (index: number): number => sequences[index]?.length ?? 0;
  const order = sequences.map((_, i) => i).sort((a, b) => lengthOf(b) - lengthOf(a) || a - b);
  const batches: number[][] = [];
  const empty: number[] = [];
  let tokens = Number.POSITIVE_INFINITY;
  for (const index of order) {
    const length = lengthOf(index);
    if (length === 0) {
      empty.push(index);
      continue;
    }
    if (tokens + length > batchTokens) {
      batches.push([]);
      tokens = 0;
    }
    batches.at(-1)?.push(index);
    tokens += length;
  }
  return { batches, empty };
}

export interface EvaluationOptions {
  readonly device: string;
  /** bfloat16: the forward pass runs under autocast; the rows are float32 always. */
  readonly precision: 'float32' | 'bfloat16';
  /** Leading numbers of each row that are given out; default all. */
  readonly width?: number;
}

/** Rows of one forward pass in evaluation mode, without gradients; every module is as before afterwards. */
export function evaluationRows(
  model: Module,
  { device, precision, width }: EvaluationOptions,
  forward: () => Tensor,
): Float32Array[] {
  const training = model.modules().filter((module) => module.training);
  for (const module of training) module.training = false;
  try {
    return scope(() =>
      noGrad(() => {
        const made = precision === 'bfloat16' ? autocast({ device, dtype: 'bfloat16' }, forward) : forward();
        return rowsOf(made, width);
      }),
    );
  } finally {
    for (const module of training) module.training = true;
  }
}

/** The first `width` numbers of each row, each in memory of its own. */
function rowsOf(tensor: Tensor, width?: number): Float32Array[] {
  const [count = 0, all = 0] = tensor.shape;
  const data = tensor.to({ dtype: 'float32', device: 'cpu' }).data() as Float32Array;
  return Array.from({ length: count }, (_, i) => data.slice(i * all, i * all + (width ?? all)));
}
