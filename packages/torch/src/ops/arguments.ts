import { ArgumentError } from '../errors.ts';
import type { Handle } from '../native/addon.ts';
import { type DType, dtypeCode, isDType } from '../tensor/dtype.ts';
import { Tensor } from '../tensor/tensor.ts';
import { wrap } from '../tensor/wrap.ts';

/**
 * A number for an op. An integer (also `2.0`, which JavaScript cannot tell from `2`) takes part in type
 * promotion as an integer, any other number as a float: `full([2], 1)` is int64, `full([2], 0.5)` float32.
 */
export type Scalar = number | bigint | boolean;

/** How a loss is reduced: not at all, to its mean, or to its sum. PyTorch's default is `'mean'`. */
export type Reduction = 'none' | 'mean' | 'sum';

/** The options object of an overloaded op, once its overload is known. */
export type Options<K extends string> = { readonly [P in K]?: unknown } | undefined;

/**
 * A Tensor argument as the addon wants it. Anything else is passed on for the addon to refuse by name; a
 * number must not be, since it could be another tensor's handle.
 */
export function handleOf(value: unknown): unknown {
  if (value instanceof Tensor) return value.handle;
  return typeof value === 'number' ? undefined : value;
}

/** A `Tensor?` argument. */
export function optionalHandleOf(value: unknown, op: string, name: string): unknown {
  if (value === undefined || value === null) return value;
  if (value instanceof Tensor) return value.handle;
  throw notATensor(op, name, value, 'a Tensor, null or undefined');
}

/** A `Tensor[]` argument. */
export function handlesOf(values: unknown, op: string, name: string): unknown {
  if (!Array.isArray(values)) throw notATensor(op, name, values, 'an array of Tensors');
  return values.map((value, i) => {
    if (value instanceof Tensor) return value.handle;
    throw notATensor(op, `${name}[${i}]`, value, 'a Tensor');
  });
}

/** A `Tensor?[]` argument. */
export function optionalHandlesOf(values: unknown, op: string, name: string): unknown {
  if (!Array.isArray(values)) throw notATensor(op, name, values, 'an array of Tensors or nulls');
  return Array.from(values, (value, i) => optionalHandleOf(value ?? null, op, `${name}[${i}]`));
}

function notATensor(op: string, name: string, value: unknown, expected: string): ArgumentError {
  const got = describe(value);
  return new ArgumentError(op, `argument '${name}' must be ${expected}`, { expected, got });
}

/** A `ScalarType` argument from its name. */
export function dtypeArgument(value: unknown, op: string): unknown {
  return value === undefined || value === null ? value : dtypeCode(value as DType, op);
}

const reductions: readonly unknown[] = ['none', 'mean', 'sum']; // at::Reduction

/** A loss's `reduction` argument from its name. */
export function reductionArgument(value: unknown, op: string): number | undefined {
  if (value === undefined) return undefined;
  const code = reductions.indexOf(value);
  if (code >= 0) return code;
  const expected = "'none', 'mean' or 'sum'";
  throw new ArgumentError(op, `argument 'reduction' must be ${expected}`, { expected, got: describe(value) });
}

export const wrapAll = (handles: unknown): Tensor[] => (handles as Handle[]).map(wrap);

export const wrapOrNull = (handle: Handle | null): Tensor | null => (handle === null ? null : wrap(handle));

export const isScalar = (value: unknown): boolean =>
  typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';

export const isNumber = (value: unknown): boolean => typeof value === 'number' || typeof value === 'bigint';

/** A string that is not a dtype's name: a device. */
export const isOtherString = (value: unknown): boolean => typeof value === 'string' && !isDType(value);

export const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Tensor);

/** Refuses options that the op does not have: a misspelt one would silently change the result. */
export function checkOptions(op: string, options: unknown, known: readonly string[]): void {
  if (!isObject(options)) throw badOptions(op, 'the options must be an object', known, describe(options));
  for (const key of Object.keys(options as object)) {
    if (!known.includes(key)) throw badOptions(op, `there is no option '${key}'`, known, key);
  }
}

const badOptions = (op: string, message: string, known: readonly string[], got: string): ArgumentError =>
  new ArgumentError(op, message, { expected: `{ ${known.join(', ')} }`, got });

/** The error for arguments that none of an op's overloads takes. */
export function noOverload(
  op: string,
  values: readonly unknown[],
  schemas: readonly string[],
): ArgumentError {
  const given = values.slice(0, values.findLastIndex((value) => value !== undefined) + 1);
  const got = `(${given.map(describe).join(', ')})`;
  return new ArgumentError(op, `no overload takes these arguments; there are:\n  ${schemas.join('\n  ')}`, {
    expected: schemas.join('\n  '),
    got,
  });
}

function describe(value: unknown): string {
  if (value instanceof Tensor) return 'Tensor';
  if (Array.isArray(value))
    return `[${value.slice(0, 4).map(describe).join(', ')}${value.length > 4 ? ', …' : ''}]`;
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (typeof value === 'object' && value !== null) return 'object';
  return typeof value === 'function' || typeof value === 'symbol' ? typeof value : String(value);
}
