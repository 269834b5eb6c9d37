import { ArgumentError } from '../errors.ts';
import { cat, zeros } from '../ops/index.ts';
import { fromTypedArray } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { attendRun, type RunOptions } from './attentionRun.ts';
import { hidden } from './attentionWindow.ts';
import type { LengthBucket, LengthPlan } from './lengthRuns.ts';

/** Queries, keys and values of a stream or a part of it: [T, heads, headDim], [T, kvHeads, headDim] twice. */
export type QueryKeyValue = readonly [q: Tensor, k: Tensor, v: Tensor];

const eachOf = <T>(qkv: QueryKeyValue, fn: (x: Tensor) => T): [T, T, T] => [
  fn(qkv[0]),
  fn(qkv[1]),
  fn(qkv[2]),
];

/** The runs follow one another in the stream: cut it there. */
export function attendSorted(
  qkv: QueryKeyValue,
  plan: LengthPlan,
  sizes: readonly number[],
  options: RunOptions,
): Tensor {
  const [first] = plan.runs;
  if (first && plan.runs.length === 1) return attendRun(...qkv, first, options);
  // One split instead of many narrows: a narrow's backward pass fills a tensor of full size with zeros.
  const [qs, ks, vs] = eachOf(qkv, (x) => x.splitWithSizes(sizes, 0));
  const outputs = plan.runs.map((run, i) =>
    attendRun(qs[i] as Tensor, ks[i] as Tensor, vs[i] as Tensor, run, options),
  );
  return cat(outputs, 0);
}

/** Sequences in any order: cut the stream into sequences, join those of equal length, and put them back. */
export function attendMixed(
  qkv: QueryKeyValue,
  lengths: readonly number[],
  plan: LengthPlan,
  options: RunOptions,
  maskOf?: (run: LengthBucket) => Tensor,
): Tensor {
  const split = eachOf(qkv, (x) => x.splitWithSizes(lengths, 0));
  const outputs: Tensor[] = new Array(lengths.length);
  for (const run of plan.runs) {
    const join = (pieces: Tensor[]): Tensor => {
      const chosen = run.sequences.map((i) => pieces[i] as Tensor);
      return chosen.length === 1 ? (chosen[0] as Tensor) : cat(chosen, 0);
    };
    const output = attendRun(join(split[0]), join(split[1]), join(split[2]), run, options, maskOf?.(run));
    const pieces = run.sequences.length === 1 ? [output] : output.split(run.length, 0);
    run.sequences.forEach((sequence, i) => {
      outputs[sequence] = pieces[i] as Tensor;
    });
  }
  return cat(outputs, 0);
}

/**
 * Only the first `attended` tokens of each sequence are seen by its tokens, the others by none.
 *
 * @throws ArgumentError for causal attention
 */
export function attendPartly(
  qkv: QueryKeyValue,
  lengths: readonly number[],
  plan: LengthPlan,
  attended: readonly number[],
  options: RunOptions,
): Tensor {
  if (options.causal)
    throw new ArgumentError('packedAttention', 'causal attention to a part of the tokens is not supported');
  return attendMixed(qkv, lengths, plan, options, (run) => {
    const unseen = run.sequences.map((sequence) => run.length - (attended[sequence] as number));
    return hidePadding(qkv[0], run, unseen, options);
  });
}

/** Sequences in any order, joined in buckets: each is followed by zeros up to its bucket's length. */
export function attendInBuckets(
  qkv: QueryKeyValue,
  lengths: readonly number[],
  buckets: readonly LengthBucket[],
  options: RunOptions,
): Tensor {
  const split = eachOf(qkv, (x) => x.splitWithSizes(lengths, 0));
  const outputs: Tensor[] = new Array(lengths.length);
  for (const bucket of buckets) {
    const gaps = bucket.sequences.map((sequence) => bucket.length - (lengths[sequence] as number));
    const widest = Math.max(...gaps);
    const join = (pieces: Tensor[], like: Tensor): Tensor => {
      const [, heads = 1, headDim = 1] = like.shape;
      const padding = zeros([widest, heads, headDim], { dtype: like.dtype, device: like.device });
      const parts = bucket.sequences.flatMap((sequence, i) => {
        const gap = gaps[i] as number;
        return gap === 0
          ? [pieces[sequence] as Tensor]
          : [pieces[sequence] as Tensor, padding.narrow(0, 0, gap)];
      });
      return cat(parts, 0);
    };
    const joined: [Tensor, Tensor, Tensor] = [
      join(split[0], qkv[0]),
      join(split[1], qkv[1]),
      join(split[2], qkv[2]),
    ];
    // A causal mask hides the padding by itself: it comes after every real token.
    const mask = widest > 0 && !options.causal ? hidePadding(qkv[0], bucket, gaps, options) : undefined;
    const output = attendRun(...joined, bucket, options, mask);
    const sizes = bucket.sequences.flatMap((_, i) => [
      bucket.length - (gaps[i] as number),
      gaps[i] as number,
    ]);
    const pieces = output.splitWithSizes(sizes, 0);
    bucket.sequences.forEach((sequence, i) => {
      outputs[sequence] = pieces[2 * i] as Tensor;
    });
  }
  return cat(outputs, 0);
}

/** [sequences, 1, 1, length]: −∞ (or, with a window, what stands for it) for keys that are padding, else 0. */
function hidePadding(
  like: Tensor,
  bucket: LengthBucket,
  gaps: readonly number[],
  { window }: RunOptions,
): Tensor {
  const { length, sequences } = bucket;
  const value = window === undefined ? Number.NEGATIVE_INFINITY : hidden(like.dtype);
  const values = new Float32Array(sequences.length * length);
  gaps.forEach((gap, row) => {
    values.fill(value, (row + 1) * length - gap, (row + 1) * length);
  });
  return fromTypedArray(values, [sequences.length, 1, 1, length], { device: like.device }).to(like.dtype);
}
