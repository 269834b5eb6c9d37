import { ArgumentError } from '../errors.ts';
import { checkOptions } from '../ops/arguments.ts';
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

/** Whether parameters can have this type: gradients exist for floating point only. */
export const isParameterDType = (dtype: unknown): boolean =>
  typeof dtype === 'string' && /^b?float/.test(dtype);

/**
 * Refuses options that a module does not have (its own are `names`, those of {@link ParameterOptions} that it has, `shared`), and a
 * dtype that no parameter can have: before anything is made.
 *
 * @throws ArgumentError
 */
export function checkParameterOptions(
  op: string,
  options: unknown,
  names: readonly string[] = [],
  shared: readonly string[] = ['dtype', 'device', 'uninitialized'],
): void {
  checkOptions(op, options, [...names, ...shared]);
  const { dtype } = options as { readonly dtype?: unknown };
  if (dtype === undefined || isParameterDType(dtype)) return;
  throw new ArgumentError(op, "parameters need a floating-point dtype: mend the option 'dtype'", {
    expected: 'float32, float64, float16 or bfloat16',
    got: String(dtype),
  });
}

/** Throws ArgumentError unless `value` is a whole number ≥ `least`. */
export function checkSize(op: string, field: string, value: number, least = 1): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ArgumentError(op, `${field} must be a whole number of at least ${least}`, { got: String(value) });
}
