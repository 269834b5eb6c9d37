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

/** How something is computed for each of some items, such as texts: a row of numbers, or a list of rows. */
export interface PassWork<T, R> {
  /** Items with the same key are computed once. */
  keyOf(item: T): string;
  /** Token ids of each of the items, no two of which are equal. Called once. */
  tokenize(items: readonly T[]): Promise<readonly Int32Array[]>;
  /** One forward pass: a result for each of these indexes into what `tokenize` was given; with their token ids. */
  forward(indexes: readonly number[], sequences: readonly Int32Array[]): readonly R[];
  /** The result of an item without a token. */
  empty(): R;
  /** The same in memory of its own. */
  copy(result: R): R;
}

/**
 * A result for each item, in their order. Items are sorted by length and computed in passes of at most `batchTokens`;
 * the event loop gets its turn before each pass.
 *
 * @throws the signal's reason when it is aborted
 */
export async function inSortedPasses<T, R>(
  items: readonly T[],
  work: PassWork<T, R>,
  options: PassOptions = {},
): Promise<R[]> {
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
  const results: R[] = new Array(items.length);
  let done = 0;
  const give = (index: number, result: R): void => {
    const [first, ...others] = distinct[index] as [number, ...number[]];
    results[first] = result;
    for (const place of others) results[place] = work.copy(result);
    done += 1 + others.length;
  };
  const { batches, empty } = batchesByLength(sequences, batchTokens);
  for (const index of empty) give(index, work.empty());
  for (const batch of batches) {
    await nextTurn();
    signal?.throwIfAborted();
    const made = work.forward(
      batch,
      batch.map((index) => sequences[index] as Int32Array),
    );
    batch.forEach((index, i) => {
      give(index, made[i] as R);
    });
    onProgress?.(done, items.length);
  }
  if (batches.length === 0) onProgress?.(done, items.length);
  return results;
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
  /** bfloat16: the forward pass runs under autocast; the numbers are float32 always. */
  readonly precision: 'float32' | 'bfloat16';
}

/**
 * One forward pass in evaluation mode, without gradients; every module is as before afterwards.
 *
 * @param read what is given back, of what the pass made as numbers; all tensors are freed afterwards
 */
export function evaluated<M extends { readonly made: Tensor }, R>(
  model: Module,
  { device, precision }: EvaluationOptions,
  forward: () => M,
  read: (data: Float32Array, pass: M) => R,
): R {
  const training = model.modules().filter((module) => module.training);
  for (const module of training) module.training = false;
  try {
    return scope(() =>
      noGrad(() => {
        const pass = precision === 'bfloat16' ? autocast({ device, dtype: 'bfloat16' }, forward) : forward();
        return read(pass.made.to({ dtype: 'float32', device: 'cpu' }).data() as Float32Array, pass);
      }),
    );
  } finally {
    for (const module of training) module.training = true;
  }
}

/**
 * Rows of one forward pass, [count, all], each in memory of its own. See {@link evaluated}.
 *
 * @param options.width leading numbers of each row that are given out; default all
 */
export function evaluationRows(
  model: Module,
  { width, ...options }: EvaluationOptions & { readonly width?: number },
  forward: () => Tensor,
): Float32Array[] {
  return evaluated(
    model,
    options,
    () => ({ made: forward() }),
    (data, { made }) => {
      const [count = 0, all = 0] = made.shape;
      return Array.from({ length: count }, (_, i) => data.slice(i * all, i * all + (width ?? all)));
    },
  );
}
