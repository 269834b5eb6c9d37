import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { scope } from '../memory/index.ts';
import { checkOptions } from '../ops/arguments.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { attendInBuckets, attendMixed, attendPartly, attendSorted } from './attentionGroups.ts';
import type { RunOptions } from './attentionRun.ts';
import { hasVarlenKernel, varlenAttention } from './attentionVarlen.ts';
import { checkProbability } from './dropout.ts';
import { attentionKernel, hasKernels } from './kernels.ts';
import { type LengthPlan, planOnce } from './lengthRuns.ts';

export interface PackedAttentionOptions {
  /** Probability of dropping an attention weight in this call (default 0): pass 0 in evaluation. */
  readonly dropout?: number;
  /** Each token attends to itself and those before it in its sequence (default false). */
  readonly causal?: boolean;
  /** Factor on q·k; default 1 / √headDim (arXiv 1706.03762). */
  readonly scale?: number;
  /**
   * Added to the scaled scores: for a length, [heads, length, length] or what broadcasts to it, of q's dtype or wider.
   * Asked for once for each group of sequences that is computed together, with the longest one's length.
   */
  readonly bias?: (length: number) => Tensor;
  /** Tokens that each token sees on either side of itself (arXiv 2004.05150); default: all. */
  readonly window?: number;
}

/** Tokens of each sequence; with how many of them are attended to, if not all (see `PackOptions.attended`). */
export type PackedLengths =
  | readonly number[]
  | { readonly lengths: readonly number[]; readonly attended?: readonly number[] };

/**
 * Self-attention within each sequence of a packed stream: softmax(scale · q·kᵀ)·v, without padding.
 *
 * On CUDA one variable-length kernel does it where libtorch has one. So does the addon's on the CPU, in float32 and
 * bfloat16, if there is neither bias nor window; it cannot be differentiated twice. Otherwise sequences of equal
 * length form a rectangle and are computed together, and a stream sorted by length is cut there without copying; in
 * half precision each call of libtorch's kernels costs more, so that buckets with a little padding are faster.
 *
 * @param q [T, heads, headDim]
 * @param k [T, kvHeads, headDim]; `heads` must be a multiple of `kvHeads` (grouped queries, arXiv 2305.13245)
 * @param v as `k`
 * @param lengths tokens of each sequence, or a PackedBatch
 * @returns [T, heads, headDim]
 * @throws ShapeError if the shapes or lengths do not fit each other; ArgumentError, also for causal attention to
 *   a part of the tokens; DTypeError
 */
export function packedAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  lengths: PackedLengths,
  options: PackedAttentionOptions = {},
): Tensor {
  const { tokens, headDim } = checkShapes(q, k, v);
  const { lengths: list, attended } = 'lengths' in lengths ? lengths : { lengths };
  const plan = planOnce('packedAttention', list, tokens);
  const resolved = resolve(options, headDim);
  return scope(() => {
    const [device, dtype] = [q.device, q.dtype];
    if (k.dtype !== dtype || v.dtype !== dtype) {
      throw new DTypeError('packedAttention', 'q, k and v must have one dtype', {
        got: `${dtype}, ${k.dtype}, ${v.dtype}`,
      });
    }
    if (attended) return attendPartly([q, k, v], list, plan, attended, resolved);
    const plain = isPlain(resolved, plan);
    if (plain && hasKernels(q) && k.device === device && v.device === device) {
      return attentionKernel(q, k, v, list, resolved);
    }
    if (device.startsWith('cuda') && plain && hasVarlenKernel(dtype, headDim)) {
      return varlenAttention(q, k, v, list, resolved);
    }
    const buckets = device !== 'cpu' || dtype === 'bfloat16' || dtype === 'float16';
    if (buckets && plan.buckets.length < plan.runs.length) {
      return attendInBuckets([q, k, v], list, plan.buckets, resolved);
    }
    return plan.sizes
      ? attendSorted([q, k, v], plan, plan.sizes, resolved)
      : attendMixed([q, k, v], list, plan, resolved);
  });
}

function resolve(options: PackedAttentionOptions, headDim: number): RunOptions {
  checkOptions('packedAttention', options, ['dropout', 'causal', 'scale', 'bias', 'window']);
  const { dropout = 0, causal = false, scale = 1 / Math.sqrt(headDim), bias, window } = options;
  checkProbability('packedAttention', dropout);
  if (!Number.isFinite(scale)) {
    throw new ArgumentError('packedAttention', 'the scale must be a finite number', { got: String(scale) });
  }
  if (window !== undefined && !(Number.isSafeInteger(window) && window >= 0)) {
    throw new ArgumentError('packedAttention', 'the window must be a whole number of at least 0', {
      got: String(window),
    });
  }
  return { dropout, causal, scale, ...(bias && { bias }), ...(window !== undefined && { window }) };
}

/** Whether the scores need nothing added: no bias, and no window that is narrower than a sequence. */
const isPlain = ({ bias, window }: RunOptions, { runs }: LengthPlan): boolean =>
  !bias && (window === undefined || runs.every(({ length }) => length <= window + 1));

function checkShapes(q: Tensor, k: Tensor, v: Tensor): { tokens: number; headDim: number } {
  const [qs, ks, vs] = [q.shape, k.shape, v.shape];
  const got = [qs, ks, vs].map((shape) => `[${shape.join(', ')}]`).join(', ');
  const fail = (message: string): never => {
    throw new ShapeError('packedAttention', message, { expected: '[tokens, heads, headDim] each', got });
  };
  const [tokens, heads, headDim] = qs;
  const [, kvHeads] = ks;
  if (qs.length !== 3 || ks.length !== 3 || vs.length !== 3) return fail('q, k and v need three dimensions');
  if (!tokens || !heads || !headDim || !kvHeads) return fail('q, k and v must not be empty');
  if (ks.some((size, i) => size !== vs[i])) return fail('k and v must have one shape');
  if (ks[0] !== tokens || ks[2] !== headDim) return fail('k and v must have the tokens and the headDim of q');
  if (heads % kvHeads !== 0) return fail('the heads of q must be a multiple of those of k');
  return { tokens, headDim };
}
