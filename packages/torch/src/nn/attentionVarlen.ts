import { UnsupportedOpError } from '../errors.ts';
import { keep } from '../memory/index.ts';
import { native } from '../native/attach.ts';
import { _efficientAttentionForward, _flashAttentionForward } from '../ops/internal.generated.ts';
import { fromTypedArray } from '../tensor/create.ts';
import type { DType } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { RunOptions } from './attentionRun.ts';
import { offsets } from './packedBatch.ts';

/** The schemas that these calls were written for (libtorch 2.5 and later); others take the way by runs. */
const takes = (op: string, ...names: string[]): boolean => {
  const [schema = ''] = native.opSchemas(op);
  return names.every((name) => schema.includes(name));
};
const hasFlash = takes('_flash_attention_forward', 'cum_seq_q', 'SymInt max_q', 'scale', 'window_size_left');
const hasEfficient = takes('_efficient_attention_forward', 'cu_seqlens_q', 'SymInt? max_seqlen_q', 'scale');

const isHalf = (dtype: DType): boolean => dtype === 'float16' || dtype === 'bfloat16';

/** FlashAttention-2 (arXiv 2307.08691): half precision, heads of up to 256 in steps of 8, Ampere and newer. */
const fitsFlash = (dtype: DType, headDim: number): boolean =>
  hasFlash && !flashRefused && isHalf(dtype) && headDim <= 256 && headDim % 8 === 0;

/** Memory-efficient attention (arXiv 2112.05682): its loads are 16 bytes wide. */
const fitsEfficient = (dtype: DType, headDim: number): boolean =>
  hasEfficient && (isHalf(dtype) ? headDim % 8 === 0 : dtype === 'float32' && headDim % 4 === 0);

let flashRefused = false;

/** Whether a CUDA kernel for sequences of different lengths takes these. */
export const hasVarlenKernel = (dtype: DType, headDim: number): boolean =>
  fitsFlash(dtype, headDim) || fitsEfficient(dtype, headDim);

/**
 * Attention over all sequences in one CUDA kernel. q [T, heads, headDim], k and v [T, kvHeads, headDim].
 * The offsets are made here from lengths that were checked to sum up to T: the kernels trust them.
 */
export function varlenAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  lengths: readonly number[],
  options: RunOptions,
): Tensor {
  const [, heads = 1, headDim = 1] = q.shape;
  const starts = offsetsOn(q.device, lengths);
  const longest = lengths.reduce((a, b) => Math.max(a, b), 0);
  if (fitsFlash(q.dtype, headDim)) {
    try {
      return flash(q, k, v, starts, longest, options);
    } catch (error) {
      // GPUs before Ampere: remember it, and go on with the kernel that they have.
      const tooOld =
        error instanceof Error && /Ampere|only supports|not compiled|no kernel/i.test(error.message);
      if (!tooOld) throw error;
      flashRefused = true;
    }
  }
  if (!fitsEfficient(q.dtype, headDim)) {
    throw new UnsupportedOpError(
      'packedAttention',
      'this GPU has no variable-length kernel for these tensors',
      {
        got: `${q.dtype}, headDim ${headDim}`,
      },
    );
  }
  return efficient(q, widen(k, heads), widen(v, heads), starts, longest, options);
}

function flash(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  starts: Tensor,
  longest: number,
  options: RunOptions,
): Tensor {
  const { dropout, causal, scale } = options;
  const [q0, k0, v0] = [q.contiguous(), k.contiguous(), v.contiguous()];
  return _flashAttentionForward(q0, k0, v0, starts, starts, longest, longest, dropout, causal, false, {
    scale,
  })[0];
}

function efficient(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  starts: Tensor,
  longest: number,
  options: RunOptions,
): Tensor {
  const [q1, k1, v1] = [q, k, v].map((x) => x.contiguous().unsqueeze(0)) as [Tensor, Tensor, Tensor]; // [1, T, h, d]
  const mask = options.causal ? 1 : 0; // 1: causal, from the top left of each sequence
  const train = native.isGradEnabled() && [q, k, v].some((x) => x.requiresGrad); // keep what backward needs
  const [output] = _efficientAttentionForward(
    q1,
    k1,
    v1,
    undefined,
    starts,
    starts,
    longest,
    longest,
    options.dropout,
    mask,
    train,
    { scale: options.scale },
  );
  return output.squeeze(0);
}

/** [T, kvHeads, d] → [T, heads, d]: each head repeated for its group of queries. */
function widen(x: Tensor, heads: number): Tensor {
  const [tokens = 1, own = 1, headDim = 1] = x.shape;
  if (own === heads) return x;
  return x
    .unsqueeze(2)
    .expand([tokens, own, heads / own, headDim])
    .reshape([tokens, heads, headDim]);
}

const cache = new WeakMap<readonly number[], Map<string, Tensor>>();

/** The offsets on a device: copied there once per batch, not once per layer. */
function offsetsOn(device: string, lengths: readonly number[]): Tensor {
  const known = cache.get(lengths)?.get(device);
  if (known && Object.isFrozen(lengths)) return known;
  const ends = offsets(lengths);
  const host = fromTypedArray(ends, [ends.length]);
  const made = host.to({ device });
  host.dispose();
  if (!Object.isFrozen(lengths)) return made; // may change: no use in keeping it
  cache.set(lengths, (cache.get(lengths) ?? new Map()).set(device, keep(made)));
  return made;
}
