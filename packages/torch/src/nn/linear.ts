import { empty, linear } from '../ops/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { kaimingUniform, uniformInit } from './init.ts';
import { Module } from './module.ts';
import { checkParameterOptions, checkSize, type ParameterOptions, placement } from './options.ts';
import { allOrNothing, parameter } from './parameter.ts';

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
    checkParameterOptions('Linear', options, ['bias']);
    const made = allOrNothing(() => makeLinear(inFeatures, outFeatures, options));
    this.weight = made.weight;
    if (made.bias) this.bias = made.bias;
  }

  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}

function makeLinear(
  inFeatures: number,
  outFeatures: number,
  options: LinearOptions,
): { weight: Tensor; bias?: Tensor } {
  const weight = parameter(empty([outFeatures, inFeatures], placement(options)));
  const hasBias = options.bias ?? true;
  const bias = hasBias ? parameter(empty([outFeatures], placement(options))) : undefined;
  if (!options.uninitialized) {
    kaimingUniform(weight, { a: Math.sqrt(5) });
    const bound = 1 / Math.sqrt(inFeatures);
    if (bias) uniformInit(bias, { low: -bound, high: bound });
  }
  return bias ? { weight, bias } : { weight };
}
