import { setImmediate as nextTurn } from 'node:timers/promises';
import { autocast, noGrad, scope, type Tensor } from '@ragwright/torch';
import { type Module, type PackedBatch, pack } from '@ragwright/torch/nn';
import type { EncodeTextsOptions, PromptChoice, TokenizedTexts } from './types.ts';

/** The part of an embedding model that encoding needs. */
export interface EncodingModel extends Module {
  readonly dimensions: number;
  readonly device: string;
  tokenize(texts: readonly string[], choice?: PromptChoice): Promise<TokenizedTexts>;
  forward(batch: PackedBatch, promptTokens?: readonly number[]): Tensor;
}

/** Most tokens in one forward pass: more is no faster, and takes more memory. */
export const defaultBatchTokens = 4096;

/** Vectors of texts, in their order. See `EmbeddingModel.encode`. */
export async function encodeTexts(
  model: EncodingModel,
  texts: readonly string[],
  options: EncodeTextsOptions,
): Promise<Float32Array[]> {
  const { batchTokens = defaultBatchTokens, precision = 'float32', signal, onProgress } = options;
  signal?.throwIfAborted();
  const places = new Map<string, number[]>(); // equal texts are computed once
  texts.forEach((text, i) => {
    const same = places.get(text);
    if (same) same.push(i);
    else places.set(text, [i]);
  });
  const distinct = [...places];
  const { sequences, promptTokens } = await model.tokenize(
    distinct.map(([text]) => text),
    options,
  );
  const vectors: Float32Array[] = new Array(texts.length);
  let done = 0;
  const give = (index: number, vector: Float32Array): void => {
    const [, [first, ...others] = []] = distinct[index] ?? [];
    if (first === undefined) return;
    vectors[first] = vector;
    for (const place of others) vectors[place] = vector.slice();
    done += 1 + others.length;
  };
  const { batches, empty } = batchesByLength(sequences, batchTokens);
  for (const index of empty) give(index, new Float32Array(model.dimensions)); // no token, no direction
  for (const batch of batches) {
    await nextTurn();
    signal?.throwIfAborted();
    const chosen = batch.map((index) => sequences[index] as Int32Array);
    const rows = forwardRows(model, chosen, promptTokens, precision);
    batch.forEach((index, i) => {
      give(index, rows[i] as Float32Array);
    });
    onProgress?.(done, texts.length);
  }
  if (batches.length === 0) onProgress?.(done, texts.length);
  return vectors;
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

/** One forward pass in evaluation mode; every module is as before afterwards. */
function forwardRows(
  model: EncodingModel,
  sequences: readonly Int32Array[],
  promptTokens: number,
  precision: 'float32' | 'bfloat16',
): Float32Array[] {
  const training = model.modules().filter((module) => module.training);
  for (const module of training) module.training = false;
  try {
    return scope(() =>
      noGrad(() => {
        const { device } = model;
        const packed = pack(sequences, { device });
        const skip = promptTokens > 0 ? sequences.map(() => promptTokens) : undefined;
        const forward = () => model.forward(packed, skip);
        const vectors =
          precision === 'bfloat16' ? autocast({ device, dtype: 'bfloat16' }, forward) : forward();
        return rowsOf(vectors, model.dimensions);
      }),
    );
  } finally {
    for (const module of training) module.training = true;
  }
}

/** The first `dimensions` numbers of each row, each in memory of its own. */
function rowsOf(vectors: Tensor, dimensions: number): Float32Array[] {
  const [count = 0, width = 0] = vectors.shape;
  const data = vectors.to({ dtype: 'float32', device: 'cpu' }).data() as Float32Array;
  return Array.from({ length: count }, (_, i) => data.slice(i * width, i * width + dimensions));
}
