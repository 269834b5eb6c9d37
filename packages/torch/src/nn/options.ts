import { ArgumentError } from '../errors.ts';
import type { DType } from '../tensor/dtype.ts';

/** Where and how a module makes its parameters. */
export interface ParameterOptions {
  /** Default float32. */
  readonly dtype?: DType;
  /** Default cpu. */
  readonly device?: string;
  /** Leave the memory as it comes, for weights that are loaded next (default false). */
  readonly uninitialized?: boolean;
}

export const placement = (options: ParameterOptions): { dtype: DType; device: string } => ({
  dtype: options.dtype ?? 'float32',
  device: options.device ?? 'cpu',
});

/** Throws ArgumentError unless `value` is a whole number ≥ `least`. */
export function checkSize(op: string, field: string, value: number, least = 1): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ArgumentError(op, `${field} must be a whole number of at least ${least}`, { got: String(value) });
}
