import { setImmediate as nextTurn } from 'node:timers/promises';
import { autocast, noGrad, scope, type Tensor } from '@ragwright/torch';
import type { Module } from '@ragwright/torch/nn';
import type { EncodeTextsOptions } from './types.ts';

/** How a model makes something of texts: one vector, or several, or a sparse one. */
export interface EncodeSteps<T> {
  /** Token ids of each text. */
  tokenize(texts: readonly string[]): Promise<readonly Int32Array[]>;
  /** One forward pass: something for each sequence, in their order. */
  forward(sequences: readonly Int32Array[]): readonly T[];
  /** Of a text without a single token. */
  empty(): T;
  /** The same in memory of its own. */
  copy(made: T): T;
}

/** Most tokens in one forward pass: more is no faster, and takes more memory. */
export const defaultBatchTokens = 4096;

/**
 * Something for each text, in their order; equal texts are computed once, texts sorted by length and packed, and the
 * event loop gets its turn after each pass.
 */
export async function encodeEach<T>(
  texts: readonly string[],
  options: Pick<EncodeTextsOptions, 'batchTokens' | 'signal' | 'onProgress'>,
  steps: EncodeSteps<T>,
): Promise<T[]> {
  const { batchTokens = defaultBatchTokens, signal, onProgress } = options;
  signal?.throwIfAborted();
  const places = new Map<string, number[]>();
  texts.forEach((text, i) => {
    const same = places.get(text);
    if (same) same.push(i);
    else places.set(text, [i]);
  });
  const distinct = [...places];
  const sequences = await steps.tokenize(distinct.map(([text]) => text));
  const made: T[] = new Array(texts.length);
  let done = 0;
  const give = (index: number, one: T): void => {
    const [, [first, ...others] = []] = distinct[index] ?? [];
    if (first === undefined) return;
    made[first] = one;
    for (const place of others) made[place] = steps.copy(one);
    done += 1 + others.length;
  };
  const { batches, empty } = batchesByLength(sequences, batchTokens);
  for (const index of empty) give(index, steps.empty());
  for (const batch of batches) {
    await nextTurn();
    signal?.throwIfAborted();
    const results = steps.forward(batch.map((index) => sequences[index] as Int32Array));
    batch.forEach((index, i) => {
      give(index, results[i] as T);
    });
    onProgress?.(done, texts.length);
  }
  if (batches.length === 0) onProgress?.(done, texts.length);
  return made;
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

/**
 * One forward pass in evaluation mode and without recording; every module is as before afterwards.
 *
 * @param run the pass: `read` gets what it made as numbers; all tensors are freed afterwards
 */
export function evaluating<R>(
  model: Module & { readonly device: string },
  precision: 'float32' | 'bfloat16',
  run: () => { readonly made: Tensor; readonly read: (data: Float32Array) => R },
): R {
  const training = model.modules().filter((module) => module.training);
  for (const module of training) module.training = false;
  try {
    return scope(() =>
      noGrad(() => {
        const { device } = model;
        const { made, read } =
          precision === 'bfloat16' ? autocast({ device, dtype: 'bfloat16' }, run) : run();
        return read(made.to({ dtype: 'float32', device: 'cpu' }).data() as Float32Array);
      }),
    );
  } finally {
    for (const module of training) module.training = true;
  }
}
