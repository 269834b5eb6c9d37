import { keep, scope } from '../memory/index.ts';
import { checkOptions } from '../ops/arguments.ts';
import type { Tensor } from '../tensor/tensor.ts';

export type SlotKind = 'parameter' | 'buffer';

const kinds = new WeakMap<Tensor, SlotKind>();

/** Whether a tensor was marked by {@link parameter} or {@link buffer}. */
export const slotKind = (tensor: Tensor): SlotKind | undefined => kinds.get(tensor);

let made: Tensor[] | undefined;

/** Hands a tensor over to a module: no scope frees it, `Module.dispose()` does. */
export function own(tensor: Tensor, kind: SlotKind, requiresGrad: boolean): Tensor {
  tensor.requiresGrad_(requiresGrad); // before keep(): if it throws, the scope frees the tensor
  keep(tensor);
  kinds.set(tensor, kind);
  made?.push(tensor);
  return tensor;
}

/**
 * Runs `fn`, which makes modules or parameters, in a scope of its own. If it throws, the parameters and
 * buffers that were made until then are released: nobody could reach them any more.
 */
export function allOrNothing<T>(fn: () => T): T {
  const outer = made;
  const own: Tensor[] = [];
  made = own;
  try {
    const result = scope(fn);
    outer?.push(...own);
    return result;
  } catch (error) {
    for (const tensor of own) tensor.dispose();
    throw error;
  } finally {
    made = outer;
  }
}

/**
 * Marks a leaf tensor as a weight of the module in whose field it lies: trained, saved, and kept out of scopes.
 *
 * @param options.requiresGrad default true, as in PyTorch
 */
export function parameter(tensor: Tensor, options: { readonly requiresGrad?: boolean } = {}): Tensor {
  checkOptions('parameter', options, ['requiresGrad']);
  return own(tensor, 'parameter', options.requiresGrad ?? true);
}

/** Marks a tensor as a buffer: saved with the module and kept out of scopes, but not trained. */
export function buffer(tensor: Tensor): Tensor {
  return own(tensor, 'buffer', false);
}
