import { native } from '../native/attach.ts';
import { track } from './ownership.ts';
import { tensorsIn } from './survivors.ts';

/**
 * Takes a tensor (or all tensors in nested arrays, plain objects, Maps and Sets) out of all scopes: it lives
 * until `dispose()`, or until it is garbage collected. Returns its argument.
 *
 * @throws TensorDisposedError if one was already released.
 */
export function keep<T>(value: T): T {
  for (const tensor of tensorsIn(value)) {
    native.scopeMove(tensor.handle, 0);
    track(tensor);
  }
  return value;
}
