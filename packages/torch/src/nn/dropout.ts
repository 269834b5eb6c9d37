import { ArgumentError } from '../errors.ts';
import { add, dropout } from '../ops/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { dropoutKernel, hasKernels } from './kernels.ts';
import { Module } from './module.ts';

/** Throws ArgumentError unless 0 ≤ p < 1. */
export function checkProbability(op: string, p: number): void {
  if (typeof p === 'number' && p >= 0 && p < 1) return;
  throw new ArgumentError(op, 'the dropout probability must be at least 0 and below 1', { got: String(p) });
}

/**
 * In training, zeroes each element with probability `p` and divides the others by 1 − p (arXiv 1207.0580);
 * in evaluation, returns its input. Random numbers come from libtorch's generator (`manualSeed`).
 *
 * On the CPU, in float32 and bfloat16, only a seed is drawn from it: the mask is made from that by all threads, and
 * made again in the backward pass. `p` is then rounded to a multiple of 2⁻¹⁶.
 */
export class Dropout extends Module {
  readonly p: number;

  constructor(p = 0.5) {
    super();
    checkProbability('Dropout', p);
    this.p = p;
  }

  forward(x: Tensor): Tensor {
    if (!this.training || this.p === 0) return x;
    return hasKernels(x) ? dropoutKernel(x, this.p) : dropout(x, this.p, true);
  }

  /**
   * dropout(branch) + residual, of one shape, in one pass where there is a kernel for it. Under autocast the branch is
   * narrower than the residual; the sum has the wider type. May overwrite `branch`: what made it must not need it for
   * its backward pass (a linear layer does not).
   */
  addTo(branch: Tensor, residual: Tensor): Tensor {
    if (this.training && this.p > 0 && hasKernels(branch) && hasKernels(residual)) {
      return dropoutKernel(branch, this.p, residual);
    }
    const dropped = this.forward(branch);
    return dropped.dtype === residual.dtype ? dropped.add_(residual) : add(dropped, residual);
  }
}
