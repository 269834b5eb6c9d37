import { empty, linear } from '../ops/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { kaimingUniform, uniformInit } from './init.ts';
import { Module } from './module.ts';
import { checkSize, type ParameterOptions, placement } from './options.ts';
import { parameter } from './parameter.ts';

export interface LinearOptions extends ParameterOptions {
  /** Default true. */
  readonly bias?: boolean;
}

/** y = x·Wᵀ + b, from [..., inFeatures] to [..., outFeatures]. Initialised as PyTorch's: U(±1/√inFeatures). */
export class Linear extends Module {
  /** [outFeatures, inFeatures] */
  readonly weight: Tensor;
  /** [outFeatures] */
  readonly bias?: Tensor;

  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    checkSize('Linear', 'inFeatures', inFeatures);
    checkSize('Linear', 'outFeatures', outFeatures);
    this.weight = parameter(empty([outFeatures, inFeatures], placement(options)));
    if (options.bias ?? true) this.bias = parameter(empty([outFeatures], placement(options)));
    if (options.uninitialized) return;
    kaimingUniform(this.weight, { a: Math.sqrt(5) });
    const bound = 1 / Math.sqrt(inFeatures);
    if (this.bias) uniformInit(this.bias, { low: -bound, high: bound });
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}
