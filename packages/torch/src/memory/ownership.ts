import { AsyncLocalStorage } from 'node:async_hooks';
import type { Handle } from '../native/addon.ts';
import { native } from '../native/attach.ts';

/** An open (or closed) scope of this thread. */
export interface Scope {
  /** The native list's number. */
  readonly id: number;
  readonly parent: Scope | null;
  /** The asynchronous scope in whose context this one was opened. */
  readonly context: Scope | undefined;
  open: boolean;
}

/** What a tensor is to its owner. */
interface Owned {
  readonly handle: Handle;
}

/** `current`: the innermost synchronous scope, which is where the addon puts new handles. 0 = none. */
const state = { current: 0, asyncActive: 0 };
const stack: Scope[] = [];
const contexts = new AsyncLocalStorage<Scope>();
const none: readonly never[] = [];

let heldBack: Handle[] | null = null;
const registry = new FinalizationRegistry<Handle>((handle) => {
  if (heldBack) heldBack.push(handle);
  else native.release(handle);
});

/**
 * Gives a new tensor its owner. Inside a scope that is the scope's native list, and nothing is to do here;
 * outside of all scopes it is the garbage collector. Every op comes through here: keep it small.
 */
export function own(tensor: Owned): void {
  if (state.asyncActive > 0) ownInContext(tensor);
  else if (state.current === 0) registry.register(tensor, tensor.handle, tensor);
}

function ownInContext(tensor: Owned): void {
  const id = innermost()?.id ?? 0;
  if (id !== state.current) native.scopeMove(tensor.handle, id);
  if (id === 0) track(tensor);
}

/** Releases the tensor when it is garbage collected. Calling it again changes nothing. */
export function track(tensor: Owned): void {
  registry.unregister(tensor);
  registry.register(tensor, tensor.handle, tensor);
}

/** Releases the tensor now. */
export function disown(tensor: Owned): void {
  registry.unregister(tensor);
  native.release(tensor.handle);
}

/**
 * Runs `fn` (also an asynchronous one) while the garbage collector releases nothing, so that counts of live
 * tensors before and after can be compared.
 */
export function withoutCollection<T>(fn: () => T): T {
  if (heldBack) return fn();
  heldBack = [];
  const resume = () => {
    const handles = heldBack ?? [];
    heldBack = null;
    for (const handle of handles) native.release(handle);
  };
  let result: T;
  try {
    result = fn();
  } catch (error) {
    resume();
    throw error;
  }
  if (!(result instanceof Promise)) {
    resume();
    return result;
  }
  return result.finally(resume) as T;
}

/**
 * The scope that owns what is made now: the innermost of the synchronous scopes on the stack and the
 * asynchronous one of the context. A context that differs from the one seen when the top of the stack was
 * opened was entered after it. Work that outlives its scope falls to the nearest one that is still open.
 */
export function innermost(): Scope | null {
  const context = contexts.getStore();
  const top = stack.at(-1);
  let scope = top !== undefined && top.context === context ? top : (context ?? null);
  while (scope !== null && !scope.open) scope = scope.parent;
  return scope;
}

export function openScope(): Scope {
  const parent = state.asyncActive > 0 ? innermost() : (stack.at(-1) ?? null);
  const scope = { id: native.scopeOpen(), parent, context: contexts.getStore(), open: true };
  stack.push(scope);
  state.current = scope.id;
  return scope;
}

export function closeScope(scope: Scope, survivors: readonly Owned[]): void {
  // Above it lies nothing, unless closing an inner scope itself failed (a stack overflow at that very place).
  for (let top = stack.pop(); top !== undefined && top !== scope; top = stack.pop()) close(top, none);
  state.current = stack.at(-1)?.id ?? 0;
  close(scope, survivors);
}

/** Opens a scope that is not on the stack; `runIn` enters it. */
export function openAsyncScope(): Scope {
  const parent = innermost();
  native.scopeSelect(0);
  const scope = { id: native.scopeOpen(), parent, context: contexts.getStore(), open: true };
  native.scopeSelect(state.current);
  state.asyncActive++;
  return scope;
}

export const runIn = <T>(scope: Scope, fn: () => T): T => contexts.run(scope, fn);

export function closeAsyncScope(scope: Scope, survivors: readonly Owned[]): void {
  state.asyncActive--;
  close(scope, survivors);
}

function close(scope: Scope, survivors: readonly Owned[]): void {
  scope.open = false;
  let target = scope.parent;
  while (target !== null && !target.open) target = target.parent;
  const id = target?.id ?? 0;
  const handles = survivors.length === 0 ? none : survivors.map((tensor) => tensor.handle);
  native.scopeClose(scope.id, handles, id);
  if (id !== state.current) native.scopeSelect(state.current);
  if (id === 0) for (const tensor of survivors) track(tensor);
}
