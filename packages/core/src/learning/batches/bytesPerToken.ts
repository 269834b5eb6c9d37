import { scope, type Tensor } from '@ragwright/torch';

/** A forward and backward pass over so many tokens, and the memory at its peak. */
export interface Trial {
  readonly tokens: number;
  /** Of the process, or of the device. */
  readonly bytes: number;
}

export interface BytesPerToken {
  readonly bytes: number;
  /** False where the trials could not tell, and the bytes are a cautious estimate from the model's shape. */
  readonly measured: boolean;
}

/**
 * What a token's activations take, from trials of growing size.
 *
 * A process that took and freed much memory before may have kept it; trials that fit into that show no growth. So
 * the growth counts only if the last two steps of it are at least what the model must keep.
 *
 * @param least bytes per token below which a measurement can't be true
 * @param longest tokens of the longest sequence: attention's part grows with it
 */
export function bytesPerToken(trials: readonly Trial[], least: number, longest: number): BytesPerToken {
  const slopes = trials.slice(1).map(({ tokens, bytes }, i) => {
    const previous = trials[i] as Trial;
    return (bytes - previous.bytes) / (tokens - previous.tokens);
  });
  const last = slopes.slice(-2);
  if (last.length === 2 && last.every((slope) => slope >= least)) {
    return { bytes: Math.max(...slopes), measured: true };
  }
  // MiniLM-L6 takes some 5 times the least with 256 tokens a text; half of what depends on the length is attention's.
  return { bytes: Math.max(least * (4 + longest / 64), ...slopes), measured: false };
}

/** Less than this noise is (a page in four tokens). */
const noise = 1024;

/**
 * What the backward pass needs of a token at the very least: input and output of each matrix, taken as long as its
 * shorter side, so that embedding tables count for little.
 */
export function leastBytesPerToken(parameters: readonly Tensor[], precision: 'float32' | 'bfloat16'): number {
  const sides = parameters.map(({ shape }) => (shape.length === 2 ? Math.min(...shape) : 0));
  const numbers = 2 * sides.reduce((sum, side) => sum + side, 0);
  return Math.max(noise, numbers * (precision === 'bfloat16' ? 2 : 4));
}

const itemBytes: Readonly<Record<string, number>> = { float64: 8, float32: 4, float16: 2, bfloat16: 2 };

/** Bytes of the parameters that are trained. */
export const trainableBytes = (parameters: readonly Tensor[]): number =>
  parameters
    .filter((parameter) => parameter.requiresGrad)
    .reduce((sum, { numel, dtype }) => sum + numel * (itemBytes[dtype] ?? 4), 0);

export const hasGradients = (parameters: readonly Tensor[]): boolean =>
  scope(() => parameters.some((parameter) => parameter.grad !== null));
