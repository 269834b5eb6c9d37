import { ArgumentError } from '../errors.ts';

/** True for promises and other thenables. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value instanceof Promise ||
    (typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function')
  );
}

export function requireFunction(op: string, fn: unknown): void {
  if (typeof fn !== 'function') {
    throw new ArgumentError(op, 'a callback is needed', {
      expected: 'a function',
      got: fn === null ? 'null' : typeof fn,
    });
  }
}
