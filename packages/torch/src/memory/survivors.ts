import { Tensor } from '../tensor/tensor.ts';

/** A class whose instances may be returned from a scope lists its tensors (or containers of them) under this. */
export const heldTensors: unique symbol = Symbol('held tensors');

/**
 * The tensors in a value: itself, or anywhere in nested arrays, plain objects, Maps, Sets, and objects that
 * list theirs under {@link heldTensors}. Other class instances are not searched. Cycles are fine.
 */
export function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (typeof value !== 'object' || value === null) return [];
  const found = new Set<Tensor>();
  const seen = new Set<object>([value]);
  const pending: object[] = [value];
  for (let container = pending.pop(); container !== undefined; container = pending.pop()) {
    for (const item of itemsOf(container)) {
      if (typeof item !== 'object' || item === null) continue;
      if (item instanceof Tensor) found.add(item);
      else if (!seen.has(item)) {
        seen.add(item);
        pending.push(item);
      }
    }
  }
  return [...found];
}

const noItems: readonly unknown[] = [];

function itemsOf(container: object): Iterable<unknown> {
  if (Array.isArray(container) || container instanceof Set) return container;
  if (container instanceof Map) return [...container.keys(), ...container.values()];
  if (heldTensors in container) return container[heldTensors] as Iterable<unknown>;
  const prototype = Object.getPrototypeOf(container);
  return prototype === Object.prototype || prototype === null ? Object.values(container) : noItems;
}
