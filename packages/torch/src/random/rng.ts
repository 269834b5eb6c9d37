import { ArgumentError } from '../errors.ts';
import { native } from '../native/attach.ts';
import { dtypeCode } from '../tensor/dtype.ts';
import { readArray } from '../tensor/read.ts';

/** Seeds the default generator of every device. `seed` is an integer of 64 bits. */
export function manualSeed(seed: number | bigint): void {
  native.manualSeed(seed);
}

/** The state of a device's default generator, to be stored and given to {@link setRngState}. */
export function rngState(device = 'cpu'): Uint8Array {
  const handle = native.getRngState(device);
  try {
    return readArray(handle) as Uint8Array;
  } finally {
    native.release(handle);
  }
}

/** Continues exactly where the generator was when {@link rngState} was read (same libtorch and device kind). */
export function setRngState(state: Uint8Array, device = 'cpu'): void {
  if (!(state instanceof Uint8Array)) {
    throw new ArgumentError('setRngState', 'the state must be what rngState() returned', {
      expected: 'a Uint8Array',
      got: state === null ? 'null' : typeof state,
    });
  }
  const handle = native.fromTypedArray(state, dtypeCode('uint8'), [state.length]);
  try {
    native.setRngState(device, handle);
  } finally {
    native.release(handle);
  }
}
