import { native } from '../native/attach.ts';
import { add, layerNorm, mul, ones, rmsNorm, rsqrt, zeros } from '../ops/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Module } from './module.ts';
import { checkParameterOptions, checkSize, type ParameterOptions, placement } from './options.ts';
import { allOrNothing, parameter } from './parameter.ts';

export interface NormOptions extends ParameterOptions {
  /** Added to the variance, in the tensor's units squared. */
  readonly eps?: number;
}

/** libtorch 1.13 has no layer norm of bfloat16 input with float32 weights, as under autocast. */
const mixesTypes = Number.parseInt(native.libraryInfo().version, 10) >= 2;

/** Over the last dimension: (x − mean) / √(var + eps) · weight + bias (arXiv 1607.06450). Default eps 1e-5 (PyTorch). */
export class LayerNorm extends Module {
  /** [dim] */
  readonly weight: Tensor;
  /** [dim] */
  readonly bias?: Tensor;
  readonly dim: number;
  readonly eps: number;

  constructor(dim: number, options: NormOptions & { readonly bias?: boolean } = {}) {
    super();
    checkSize('LayerNorm', 'dim', dim);
    checkParameterOptions('LayerNorm', options, ['eps', 'bias']);
    this.dim = dim;
    this.eps = options.eps ?? 1e-5;
    const [weight, bias] = allOrNothing(() => [
      parameter(ones([dim], placement(options))),
      (options.bias ?? true) ? parameter(zeros([dim], placement(options))) : undefined,
    ]);
    this.weight = weight as Tensor;
    if (bias) this.bias = bias;
  }

  forward(x: Tensor): Tensor {
    const { dim, weight, bias, eps } = this;
    if (mixesTypes || x.dtype === weight.dtype) return layerNorm(x, [dim], weight, bias, eps);
    return layerNorm(x.to(weight.dtype), [dim], weight, bias, eps).to(x.dtype);
  }
}

const hasRmsNorm = native.opSchemas('rms_norm').length > 0; // from libtorch 2.4

/**
 * Over the last dimension: x / √(mean(x²) + eps) · weight (arXiv 1910.07467). Default eps 1e-6 (Llama).
 * The statistics are float32 for float16 and bfloat16 input, and the quotient is rounded to the input's
 * type before it is weighted, as in Hugging Face's models.
 */
export class RMSNorm extends Module {
  /** [dim] */
  readonly weight: Tensor;
  readonly dim: number;
  readonly eps: number;

  constructor(dim: number, options: NormOptions = {}) {
    super();
    checkSize('RMSNorm', 'dim', dim);
    checkParameterOptions('RMSNorm', options, ['eps']);
    this.dim = dim;
    this.eps = options.eps ?? 1e-6;
    this.weight = allOrNothing(() => parameter(ones([dim], placement(options))));
  }

  forward(x: Tensor): Tensor {
    if (x.dtype !== 'float32' || !hasRmsNorm) return rmsNormByParts(x, this.weight, this.eps);
    return rmsNorm(x, [this.dim], this.weight, this.eps);
  }
}

/** RMSNorm from elementary ops: for older libtorch, and for the rounding of half-precision input. */
export function rmsNormByParts(x: Tensor, weight: Tensor, eps: number): Tensor {
  const half = x.dtype === 'float16' || x.dtype === 'bfloat16';
  const wide = half ? x.to({ dtype: 'float32' }) : x;
  const meanSquare = mul(wide, wide).mean([-1], true);
  const normed = mul(wide, rsqrt(add(meanSquare, eps)));
  return mul(half ? normed.to({ dtype: x.dtype }) : normed, weight);
}
