import { ArgumentError } from '../errors.ts';
import { native } from '../native/attach.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * Scales all gradients so that their common 2-norm is at most `maxNorm`, as `torch.nn.utils.clip_grad_norm_`.
 * Returns the norm before. With `Infinity` it only measures.
 *
 * @throws ArgumentError if `maxNorm` is not above 0
 */
export function clipGradNorm(parameters: Iterable<Tensor>, maxNorm: number): number {
  if (!(maxNorm > 0))
    throw new ArgumentError('clipGradNorm', 'maxNorm must be above 0', { got: String(maxNorm) });
  return native.clipGradNorm(
    Array.from(parameters, (tensor) => tensor.handle),
    maxNorm,
  );
}
