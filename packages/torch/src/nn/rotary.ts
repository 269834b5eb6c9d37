import { ArgumentError } from '../errors.ts';
import { scope } from '../memory/index.ts';
import { checkOptions } from '../ops/arguments.ts';
import { add, arange, cat, cos, mul, neg, pow, sin } from '../ops/index.ts';
import type { DType } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Cosines and sines of the rotation angles, [T, 1, headDim] each: one row per token, for all heads. */
export interface RotaryAngles {
  readonly cos: Tensor;
  readonly sin: Tensor;
}

export interface RotaryOptions {
  /** Even; may be smaller than the head's size (partial rotary). */
  readonly headDim: number;
  /** Base of the wavelengths (`rope_theta`); default 10000 (arXiv 2104.09864). */
  readonly base?: number;
  /** Angles are computed in float32, then rounded to this type. Default float32. */
  readonly dtype?: DType;
}

/**
 * Angles position · base^(−2i / headDim) for a packed stream, in Hugging Face's layout: the first and the
 * second half of a head hold the pairs.
 *
 * @param positions int64 [T]
 */
export function rotaryAngles(positions: Tensor, options: RotaryOptions): RotaryAngles {
  checkOptions('rotaryAngles', options, ['headDim', 'base', 'dtype']);
  const { headDim, base = 10_000, dtype = 'float32' } = options;
  if (!Number.isSafeInteger(headDim) || headDim < 2 || headDim % 2 !== 0) {
    throw new ArgumentError('rotaryAngles', 'headDim must be an even number ≥ 2', { got: String(headDim) });
  }
  if (!(base > 0)) throw new ArgumentError('rotaryAngles', 'base must be above 0', { got: String(base) });
  return scope(() => {
    const exponents = arange(0, headDim, 2, { dtype: 'float32', device: positions.device }).div(headDim);
    const frequencies = pow(base, exponents.neg()); // [headDim / 2]
    const half = mul(positions.to({ dtype: 'float32' }).unsqueeze(1), frequencies); // [T, headDim / 2]
    const angles = cat([half, half], 1).unsqueeze(1); // [T, 1, headDim]
    return { cos: cos(angles).to({ dtype }), sin: sin(angles).to({ dtype }) };
  });
}

/**
 * Rotates queries or keys [T, heads, headDim] by their positions: x·cos + rotateHalf(x)·sin. Angles of fewer
 * features rotate the first ones of each head and leave the rest (partial rotary).
 */
export function applyRotary(x: Tensor, angles: RotaryAngles): Tensor {
  const [size, rotated] = [x.shape.at(-1) as number, angles.cos.shape.at(-1) as number];
  return scope(() => {
    if (rotated >= size) return rotate(x, angles);
    const [turned, rest] = x.splitWithSizes([rotated, size - rotated], -1) as [Tensor, Tensor];
    return cat([rotate(turned, angles), rest], -1);
  });
}

function rotate(x: Tensor, angles: RotaryAngles): Tensor {
  const [first, second] = x.chunk(2, -1) as [Tensor, Tensor];
  return add(mul(x, angles.cos), mul(cat([neg(second), first], -1), angles.sin));
}
