import type { Handle } from '../native/addon.ts';
import { native } from '../native/attach.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { wrap } from '../tensor/wrap.ts';

/*
 * The addon's own operations (native/attention.cc, native/dropout.cc). They are registered with libtorch's dispatcher
 * where the processor has the instructions that they need, and differentiable once.
 */

const attention = native.op('ragwright::packed_attention', '', [
  'q',
  'k',
  'v',
  'lengths',
  'scale',
  'dropout',
  'causal',
]);
const dropoutAdd = native.op('ragwright::dropout_add', '', ['x', 'added', 'p']);

const isHere = native.opSchemas('ragwright::packed_attention').length > 0;

/** Whether there are kernels for tensors like this one. */
export const hasKernels = ({ device, dtype }: Tensor): boolean =>
  isHere && device === 'cpu' && (dtype === 'float32' || dtype === 'bfloat16');

export interface AttentionKernelOptions {
  readonly dropout: number;
  readonly causal: boolean;
  readonly scale: number;
}

/** Attention over sequences in any order: q [T, heads, headDim], k and v [T, kvHeads, headDim] → as q. */
export const attentionKernel = (
  q: Tensor,
  k: Tensor,
  v: Tensor,
  lengths: readonly number[],
  { scale, dropout, causal }: AttentionKernelOptions,
): Tensor => wrap(attention(q.handle, k.handle, v.handle, lengths, scale, dropout, causal) as Handle);

/** dropout(x), plus `added` (of x's shape) if it is given; the sum has the wider type of the two. */
export const dropoutKernel = (x: Tensor, p: number, added?: Tensor): Tensor =>
  wrap(dropoutAdd(x.handle, added?.handle ?? null, p) as Handle);
