import { ScopeError } from '../errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { isThenable, requireFunction } from './callback.ts';
import { closeAsyncScope, closeScope, openAsyncScope, openScope, runIn } from './ownership.ts';
import { tensorsIn } from './survivors.ts';

/**
 * Runs `fn` and frees every tensor made inside, except those in its result (a tensor, or tensors in nested
 * arrays, plain objects, Maps and Sets) and those given to {@link keep}. Results pass to the scope around
 * this one; out of the outermost, to the garbage collector. When `fn` throws, all are freed.
 *
 * @example
 * const loss = scope(() => model.forward(batch).sub(target).square().mean());
 *
 * @throws ScopeError if `fn` returns a promise: use {@link scopeAsync}.
 */
export function scope<T>(fn: () => T): T {
  requireFunction('scope', fn);
  const opened = openScope();
  let survivors: readonly Tensor[] = [];
  try {
    const result = fn();
    if (isThenable(result)) {
      result.then(undefined, () => {});
      throw new ScopeError(
        'scope',
        'the callback returned a promise; use scopeAsync() for asynchronous work',
      );
    }
    survivors = tensorsIn(result);
    return result;
  } finally {
    closeScope(opened, survivors);
  }
}

/**
 * {@link scope} for asynchronous work: what `fn` and everything it awaits or starts make is freed when its
 * promise settles. Scopes that run concurrently do not see each other's tensors.
 */
export async function scopeAsync<T>(fn: () => Promise<T> | T): Promise<T> {
  requireFunction('scopeAsync', fn);
  const opened = openAsyncScope();
  let survivors: readonly Tensor[] = [];
  try {
    const result = await runIn(opened, async () => fn());
    survivors = tensorsIn(result);
    return result;
  } finally {
    closeAsyncScope(opened, survivors);
  }
}
