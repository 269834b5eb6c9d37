import { keep } from '../memory/index.ts';
import type { Tensor } from '../tensor/tensor.ts';

export type SlotKind = 'parameter' | 'buffer';

const kinds = new WeakMap<Tensor, SlotKind>();

/** Whether a tensor was marked by {@link parameter} or {@link buffer}. */
export const slotKind = (tensor: Tensor): SlotKind | undefined => kinds.get(tensor);

/** Hands a tensor over to a module: no scope frees it, `Module.dispose()` does. */
export function own(tensor: Tensor, kind: SlotKind, requiresGrad: boolean): Tensor {
  keep(tensor);
  tensor.requiresGrad_(requiresGrad);
  kinds.set(tensor, kind);
  return tensor;
}

/**
 * Marks a leaf tensor as a weight of the module in whose field it lies: trained, saved, and kept out of scopes.
 *
 * @param options.requiresGrad default true, as in PyTorch
 */
export function parameter(tensor: Tensor, options: { readonly requiresGrad?: boolean } = {}): Tensor {
  return own(tensor, 'parameter', options.requiresGrad ?? true);
}

/** Marks a tensor as a buffer: saved with the module and kept out of scopes, but not trained. */
export function buffer(tensor: Tensor): Tensor {
  return own(tensor, 'buffer', false);
}
