import { ArgumentError } from '../errors.ts';
import { dropout } from '../ops/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Module } from './module.ts';

/** Throws ArgumentError unless 0 ≤ p < 1. */
export function checkProbability(op: string, p: number): void {
  if (typeof p === 'number' && p >= 0 && p < 1) return;
  throw new ArgumentError(op, 'the dropout probability must be at least 0 and below 1', { got: String(p) });
}

/**
 * In training, zeroes each element with probability `p` and divides the others by 1 − p (arXiv 1207.0580);
 * in evaluation, returns its input. Random numbers come from libtorch's generator (`manualSeed`).
 */
export class Dropout extends Module {
  readonly p: number;

  constructor(p = 0.5) {
    super();
    checkProbability('Dropout', p);
    this.p = p;
  }

  forward(x: Tensor): Tensor {
    return this.training && this.p > 0 ? dropout(x, this.p, true) : x;
  }
}
