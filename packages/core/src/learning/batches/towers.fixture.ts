import { cat, relu, scope, type Tensor } from '@ragwright/torch';
import { Dropout, Embedding, Linear, Module, type PackedBatch } from '@ragwright/torch/nn';
import { SeededRandom } from '../../base/rng.ts';
import type { EmbeddingBatch } from './types.ts';

export interface TinyModelOptions {
  readonly vocabulary?: number;
  readonly size?: number;
  /** Activations per token: what a forward pass keeps in memory. */
  readonly hidden?: number;
  readonly dropout?: number;
}

/** A small embedding model: word vectors, one hidden layer, mean over tokens. */
export class TinyEmbedding extends Module {
  readonly words: Embedding;
  readonly wide: Linear;
  readonly narrow: Linear;
  readonly dropout: Dropout;

  constructor({ vocabulary = 50, size = 8, hidden = 16, dropout = 0 }: TinyModelOptions = {}) {
    super();
    this.words = new Embedding(vocabulary, size);
    this.wide = new Linear(size, hidden);
    this.narrow = new Linear(hidden, size);
    this.dropout = new Dropout(dropout);
  }

  forward(batch: PackedBatch, promptTokens?: readonly number[]): Tensor {
    return scope(() => {
      const middle = this.dropout.forward(relu(this.wide.forward(this.words.forward(batch.tokens))));
      const parts = this.narrow.forward(middle).splitWithSizes([...batch.lengths], 0);
      const means = parts.map((part, i) => {
        const skip = promptTokens?.[i] ?? 0;
        return part.narrow(0, skip, (part.shape[0] as number) - skip).mean([0], true);
      });
      return cat(means, 0);
    });
  }
}

export interface RandomBatchOptions {
  readonly rows: number;
  readonly columns?: number;
  readonly vocabulary?: number;
  readonly longest?: number;
  readonly seed?: number;
  readonly scores?: (row: number) => number[];
}

/** A batch of random texts of unequal lengths, in three groups. */
export function randomBatch(options: RandomBatchOptions): EmbeddingBatch {
  const { rows, columns = 3, vocabulary = 50, longest = 9, seed = 1, scores } = options;
  const random = new SeededRandom(seed);
  const text = () => Int32Array.from({ length: 1 + random.below(longest) }, () => random.below(vocabulary));
  const made = Array.from({ length: columns }, (_, i) => ({
    role: i === 0 ? ('query' as const) : ('document' as const),
    tokens: Array.from({ length: rows }, text),
  }));
  return {
    rows: Array.from({ length: rows }, (_, i) => ({
      query: `q${i}`,
      positive: `p${i}`,
      negatives: Array.from({ length: columns - 2 }, (_n, k) => `n${k}.${i}`),
      ...(scores && { scores: scores(i) }),
      label: i % 3,
    })),
    columns: made,
    indexes: Array.from({ length: rows }, (_, i) => i),
    tokenCount: made.flatMap(({ tokens }) => tokens).reduce((sum, ids) => sum + ids.length, 0),
  };
}

/** Gradients of all parameters, by name. */
export const gradientsOf = (model: Module): Map<string, Float64Array> =>
  scope(
    () =>
      new Map(
        model
          .namedParameters()
          .map(([name, tensor]) => [name, Float64Array.from(tensor.grad?.data() ?? [], Number)]),
      ),
  );

/** The largest of all gradients, at least 1: what a tolerance is relative to. */
export const magnitude = (gradients: ReadonlyMap<string, Float64Array>): number =>
  [...gradients.values()]
    .flatMap((values) => [...values])
    .reduce((most, x) => Math.max(most, Math.abs(x)), 1);

/** The largest difference between two sets of gradients. */
export function largestDifference(
  a: ReadonlyMap<string, Float64Array>,
  b: ReadonlyMap<string, Float64Array>,
): number {
  let largest = 0;
  for (const [name, values] of a) {
    const others = b.get(name);
    if (!others || others.length !== values.length) return Number.POSITIVE_INFINITY;
    values.forEach((value, i) => {
      const off = Math.abs(value - (others[i] as number));
      largest = Number.isNaN(off) ? Number.POSITIVE_INFINITY : Math.max(largest, off);
    });
  }
  return largest;
}
