import type { Handle } from '../native/addon.ts';
import { Tensor } from './tensor.ts';

/** The Tensor for a new handle, owned by the current scope, or by the garbage collector outside of scopes. */
export function wrap(handle: Handle): Tensor {
  return new Tensor(handle);
}
