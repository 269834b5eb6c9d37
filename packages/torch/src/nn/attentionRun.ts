import { native } from '../native/attach.ts';
import { baddbmm, bmm, dropout, full, mul, scaledDotProductAttention, softmax, triu } from '../ops/index.ts';
import { _scaledDotProductAttention } from '../ops/internal.generated.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { outsideWindow, windowBlocks } from './attentionWindow.ts';
import type { LengthRun } from './lengthRuns.ts';

export interface RunOptions {
  readonly dropout: number;
  readonly causal: boolean;
  readonly scale: number;
  readonly bias?: (length: number) => Tensor;
  readonly window?: number;
}

const hasPublicSdpa = native.opSchemas('scaled_dot_product_attention').length > 0; // from libtorch 2.0

/**
 * Up to this length, float32 attention on CPU is faster from batched matrix products than from the fused
 * kernel (bench/attention); beyond it the fused kernel, which keeps no length × length weights.
 */
const LONGEST_BY_PARTS = 96;

/**
 * Attention over sequences of one length. q [count · length, heads, headDim]; k, v may have fewer heads.
 *
 * @param mask [count, 1, 1, length], added to the scores; not together with `causal`
 */
export function attendRun(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  run: LengthRun,
  options: RunOptions,
  mask?: Tensor,
): Tensor {
  const shape = q.shape;
  const [, heads = 1, headDim = 1] = shape;
  const count = run.sequences.length;
  // [count · length, h, d] → [count, heads, length, d]
  const split = (x: Tensor): Tensor => {
    const own = x.shape[1] as number;
    const parts = x.view([count, run.length, own, headDim]).transpose(1, 2);
    if (own === heads) return parts;
    const groups = [count, own, heads / own, run.length, headDim];
    return parts.unsqueeze(2).expand(groups).reshape([count, heads, run.length, headDim]);
  };
  const output = attendParts(split(q), split(k), split(v), options, mask);
  return output.transpose(1, 2).reshape(shape);
}

/** q, k, v [count, heads, length, headDim] → the same. */
function attendParts(q: Tensor, k: Tensor, v: Tensor, options: RunOptions, mask?: Tensor): Tensor {
  const { window, bias, causal, dropout, scale } = options;
  const length = q.shape[2] as number;
  const added = bias ? [atLeast4d(bias(length))] : [];
  if (window !== undefined && length > window + 1) {
    if (!bias && length > 3 * Math.max(window, 16)) {
      const blocks = windowBlocks(q, k, v, { window, causal }, mask);
      const plain = { dropout, scale, causal: false };
      return blocks.restore(attendAdded(blocks.q, blocks.k, blocks.v, plain, [blocks.mask]));
    }
    added.push(outsideWindow(q, length, window));
  }
  return attendAdded(q, k, v, options, added, mask);
}

const atLeast4d = (x: Tensor): Tensor => (x.shape.length === 3 ? x.unsqueeze(0) : x);

function attendAdded(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: RunOptions,
  added: readonly Tensor[],
  mask?: Tensor,
): Tensor {
  const attend = isFasterByParts(q, options, added) ? byParts : fused;
  return attend(q, k, v, options, added, mask);
}

/** The fused CPU kernel is slow in half precision (2 to 5 times), and falls back to parts for dropout. */
function isFasterByParts(q: Tensor, options: RunOptions, added: readonly Tensor[]): boolean {
  if (options.dropout > 0) return true;
  if (added.length > 0 && (options.causal || added.some((each) => each.requiresGrad))) return true; // fused has no such
  if (q.device !== 'cpu') return false;
  return q.dtype === 'bfloat16' || q.dtype === 'float16' || (q.shape[2] as number) <= LONGEST_BY_PARTS;
}

/**
 * softmax(scale · q·kᵀ + mask + added)·v from batched products; q [count, heads, length, headDim], k and v
 * [count, heads, keys, headDim]; `added` broadcast to [count, heads, length, keys].
 */
function byParts(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: RunOptions,
  added: readonly Tensor[],
  mask?: Tensor,
): Tensor {
  const [count = 1, heads = 1, length = 1, headDim = 1] = q.shape;
  const keyCount = k.shape[2] as number;
  const flat = (x: Tensor, size: number): Tensor => x.reshape([count * heads, size, headDim]);
  const scaled = mul(flat(q, length), options.scale);
  const keys = flat(k, keyCount).transpose(1, 2);
  const bias = options.causal
    ? laterTokens(q, length)
    : mask?.expand([count, heads, 1, keyCount]).reshape([count * heads, 1, keyCount]);
  const scores = bias ? baddbmm(bias, scaled, keys) : bmm(scaled, keys);
  for (const each of added) scores.view([count, heads, length, keyCount]).add_(each);
  const weights = softmax(scores, -1);
  const dropped = options.dropout > 0 ? dropout(weights, options.dropout, true) : weights;
  return bmm(dropped, flat(v, keyCount)).view([count, heads, length, headDim]);
}

/** [length, length]: −∞ where the key comes after the query, else 0; of the type and on the device of `like`. */
const laterTokens = (like: Tensor, length: number): Tensor =>
  triu(full([length, length], Number.NEGATIVE_INFINITY, { dtype: like.dtype, device: like.device }), 1);

/** libtorch's fused kernel. Its scale argument is younger (2.1) than the op, so another scale goes into q. */
function fused(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: RunOptions,
  added: readonly Tensor[],
  mask?: Tensor,
): Tensor {
  const own = options.scale * Math.sqrt(q.shape[3] as number);
  const scaled = Math.abs(own - 1) < 1e-12 ? q : mul(q, own);
  const all = mask ? [mask, ...added] : added;
  const sum = all.length > 0 ? all.reduce((a, b) => a.add(b)).to(q.dtype) : undefined;
  if (hasPublicSdpa) return scaledDotProductAttention(scaled, k, v, sum, 0, options.causal);
  return _scaledDotProductAttention(scaled, k, v, sum, 0, false, options.causal)[0];
}
