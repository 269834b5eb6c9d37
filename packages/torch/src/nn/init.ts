import { noGrad } from '../autograd/index.ts';
import { ArgumentError } from '../errors.ts';
import { scope } from '../memory/index.ts';
import { checkOptions } from '../ops/arguments.ts';
import { empty, erfinv } from '../ops/index.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Fans of a weight [out, in, …]: in × receptive field, out × receptive field. */
function fans(op: string, shape: readonly number[]): { fanIn: number; fanOut: number } {
  const [out, input, ...field] = shape;
  if (out === undefined || input === undefined) {
    throw new ArgumentError(op, 'needs a weight of two or more dimensions', {
      got: `shape [${shape.join(', ')}]`,
    });
  }
  const receptive = field.reduce((product, size) => product * size, 1);
  return { fanIn: input * receptive, fanOut: out * receptive };
}

/** Fills in place from N(mean, std²). Default std 1 (PyTorch); BERT uses 0.02. */
export function normalInit(
  tensor: Tensor,
  options: { readonly mean?: number; readonly std?: number } = {},
): Tensor {
  checkOptions('normalInit', options, ['mean', 'std']);
  const { mean = 0, std = 1 } = options;
  return noGrad(() => tensor.normal_(mean, std));
}

/** Error function, to 1.5e-7 (Abramowitz & Stegun 1964, 7.1.26): enough for the ends of a distribution. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}

/**
 * Fills in place from N(0, std²) without what lies beyond ±cutoff·std (ModernBERT's; default cutoff 2), by the
 * inverse of the distribution function, as PyTorch's `trunc_normal_`.
 */
export function truncatedNormalInit(
  tensor: Tensor,
  options: { readonly std?: number; readonly cutoff?: number } = {},
): Tensor {
  checkOptions('truncatedNormalInit', options, ['std', 'cutoff']);
  const { std = 1, cutoff = 2 } = options;
  const bound = erf(cutoff / Math.SQRT2);
  return noGrad(() =>
    scope(() => {
      const uniform = empty(tensor.shape, { dtype: 'float32', device: tensor.device }).uniform_(
        -bound,
        bound,
      );
      const values = erfinv(uniform)
        .mul(std * Math.SQRT2)
        .clamp(-cutoff * std, cutoff * std);
      tensor.copy_(values);
      return tensor;
    }),
  );
}

/** Fills in place from U(low, high). */
export function uniformInit(
  tensor: Tensor,
  options: { readonly low?: number; readonly high?: number } = {},
): Tensor {
  checkOptions('uniformInit', options, ['low', 'high']);
  const { low = 0, high = 1 } = options;
  return noGrad(() => tensor.uniform_(low, high));
}

/** Fills in place with one number. */
export function constantInit(tensor: Tensor, value: number): Tensor {
  return noGrad(() => tensor.fill_(value));
}

/**
 * He et al. 2015 (arXiv 1502.01852), fan-in, for leaky ReLU of slope `a`: U(±√(6 / ((1 + a²)·fanIn))).
 * With a = √5, PyTorch's choice for Linear, that is U(±1/√fanIn).
 */
export function kaimingUniform(tensor: Tensor, options: { readonly a?: number } = {}): Tensor {
  checkOptions('kaimingUniform', options, ['a']);
  const { a = 0 } = options;
  const { fanIn } = fans('kaimingUniform', tensor.shape);
  const bound = Math.sqrt(6 / ((1 + a * a) * Math.max(fanIn, 1)));
  return uniformInit(tensor, { low: -bound, high: bound });
}

/** Glorot & Bengio 2010: U(±gain·√(6 / (fanIn + fanOut))). */
export function xavierUniform(tensor: Tensor, options: { readonly gain?: number } = {}): Tensor {
  checkOptions('xavierUniform', options, ['gain']);
  const { gain = 1 } = options;
  const { fanIn, fanOut } = fans('xavierUniform', tensor.shape);
  const bound = gain * Math.sqrt(6 / (fanIn + fanOut));
  return uniformInit(tensor, { low: -bound, high: bound });
}

/** Glorot & Bengio 2010: N(0, gain²·2 / (fanIn + fanOut)). */
export function xavierNormal(tensor: Tensor, options: { readonly gain?: number } = {}): Tensor {
  checkOptions('xavierNormal', options, ['gain']);
  const { gain = 1 } = options;
  const { fanIn, fanOut } = fans('xavierNormal', tensor.shape);
  return normalInit(tensor, { std: gain * Math.sqrt(2 / (fanIn + fanOut)) });
}
