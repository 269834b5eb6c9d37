import { ArgumentError } from '../errors.ts';
import { native } from '../native/attach.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { tensorsOf } from './members.ts';

/**
 * Scales all gradients so that their common 2-norm is at most `maxNorm`, as `torch.nn.utils.clip_grad_norm_`.
 * Returns the norm before. With `Infinity` it only measures.
 *
 * @throws ArgumentError if `maxNorm` is not above 0, or if `parameters` are no Tensors
 */
export function clipGradNorm(parameters: Iterable<Tensor>, maxNorm: number): number {
  if (!(maxNorm > 0))
    throw new ArgumentError('clipGradNorm', 'maxNorm must be above 0', { got: String(maxNorm) });
  const handles = tensorsOf('clipGradNorm', parameters).map((tensor) => tensor.handle);
  return native.clipGradNorm(handles, maxNorm);
}
