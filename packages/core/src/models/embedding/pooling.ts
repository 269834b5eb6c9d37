import { amax, cat, fromTypedArray, indexSelect, scope, type Tensor, zeros } from '@ragwright/torch';
import type { PoolingMode } from './types.ts';

/*
 * Pooling of a packed stream, after sentence-transformers' Pooling: sums by index_add, first and last tokens by
 * index_select; nothing is padded.
 */

/** Which token of the stream belongs to which sequence. */
interface Layout {
  /** Where each sequence starts, and the number of tokens. */
  readonly offsets: readonly number[];
  /** Leading tokens that are left out, of each sequence; at least one token of it stays. */
  readonly skipped: readonly number[];
}

function layoutOf(lengths: readonly number[], promptTokens: readonly number[] | undefined): Layout {
  const offsets = [0];
  for (const length of lengths) offsets.push((offsets.at(-1) as number) + length);
  const skipped = lengths.map((length, i) => Math.min(promptTokens?.[i] ?? 0, length - 1));
  return { offsets, skipped };
}

const int64 = (values: readonly number[], device: string): Tensor => {
  const made = fromTypedArray(BigInt64Array.from(values, BigInt), [values.length]);
  return device === 'cpu' ? made : made.to({ device });
};

/** Sums of weight · hidden over the tokens of each sequence, [n, h]; without weights, all are 1. */
function sums(hidden: Tensor, { offsets, skipped }: Layout, weights?: (position: number) => number): Tensor {
  const rows: number[] = [];
  const sequences: number[] = [];
  const factors: number[] = [];
  for (const [i, skip] of skipped.entries()) {
    const start = offsets[i] as number;
    for (let row = start + skip; row < (offsets[i + 1] as number); row++) {
      rows.push(row);
      sequences.push(i);
      if (weights) factors.push(weights(row - start));
    }
  }
  const all = rows.length === offsets.at(-1);
  const kept = all ? hidden : indexSelect(hidden, 0, int64(rows, hidden.device));
  const weighted = weights
    ? kept.mul(fromTypedArray(Float32Array.from(factors), [factors.length, 1]).to({ device: hidden.device }))
    : kept;
  const into = zeros([skipped.length, hidden.shape[1] as number], {
    dtype: hidden.dtype,
    device: hidden.device,
  });
  return into.indexAdd(0, int64(sequences, hidden.device), weighted);
}

/** One number for each sequence, [n, 1]. */
function column(values: readonly number[], like: Tensor): Tensor {
  return fromTypedArray(Float32Array.from(values), [values.length, 1]).to({
    device: like.device,
    dtype: like.dtype,
  });
}

type Pool = (hidden: Tensor, layout: Layout, lengths: readonly number[]) => Tensor;

const counts = (lengths: readonly number[], { skipped }: Layout): number[] =>
  lengths.map((length, i) => length - (skipped[i] as number));

const pools: Readonly<Record<PoolingMode, Pool>> = {
  /** The first token, or the first after the prompt. */
  cls: (hidden, { offsets, skipped }) =>
    indexSelect(
      hidden,
      0,
      int64(
        skipped.map((skip, i) => (offsets[i] as number) + skip),
        hidden.device,
      ),
    ),
  lasttoken: (hidden, { offsets }) =>
    indexSelect(
      hidden,
      0,
      int64(
        offsets.slice(1).map((end) => end - 1),
        hidden.device,
      ),
    ),
  mean: (hidden, layout, lengths) => sums(hidden, layout).div(column(counts(lengths, layout), hidden)),
  mean_sqrt_len_tokens: (hidden, layout, lengths) =>
    sums(hidden, layout).div(column(counts(lengths, layout).map(Math.sqrt), hidden)),
  /** The k-th token of a text, from 1, has weight k; the prompt's tokens are counted. */
  weightedmean: (hidden, layout, lengths) => {
    const total = lengths.map((length, i) => {
      const skip = layout.skipped[i] as number;
      return (length * (length + 1) - skip * (skip + 1)) / 2;
    });
    return sums(hidden, layout, (position) => position + 1).div(column(total, hidden));
  },
  max: (hidden, { skipped }, lengths) => {
    const parts = hidden.splitWithSizes([...lengths], 0).map((part, i) => {
      const skip = skipped[i] as number;
      return amax(skip === 0 ? part : part.narrow(0, skip, (lengths[i] as number) - skip), [0], true);
    });
    return cat(parts, 0);
  },
};

/**
 * One vector for each sequence of a packed stream: hidden [T, h] → [n, modes · h], float32 or wider.
 *
 * @param lengths tokens of each sequence; their sum is T
 * @param promptTokens leading tokens of each sequence that don't count; at least its last token does
 */
export function pool(
  hidden: Tensor,
  lengths: readonly number[],
  modes: readonly PoolingMode[],
  promptTokens?: readonly number[],
): Tensor {
  return scope(() => {
    const half = hidden.dtype === 'bfloat16' || hidden.dtype === 'float16';
    const wide = half ? hidden.to('float32') : hidden; // a sum over many tokens needs the precision
    const layout = layoutOf(lengths, promptTokens);
    const vectors = modes.map((mode) => pools[mode](wide, layout, lengths));
    return vectors.length === 1 ? (vectors[0] as Tensor) : cat(vectors, 1);
  });
}
