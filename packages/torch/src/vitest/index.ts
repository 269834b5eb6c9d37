/**
 * Matchers for vitest: `import '@ragwright/torch/vitest'` in a test or a set-up file.
 *
 * @module
 */
import { expect } from 'vitest';
import { tensor } from '../tensor/create.ts';
import type { NestedNumbers } from '../tensor/nested.ts';
import { Tensor } from '../tensor/tensor.ts';
import { difference, type Tolerance } from './close.ts';
import { type Leak, leakOf, leakText } from './leak.ts';

export type { Tolerance } from './close.ts';
export { type Leak, leakOf } from './leak.ts';

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: the declaration must repeat vitest's own.
  interface Matchers<T = any> {
    /**
     * The block leaves as many live tensors in this thread, and as many bytes, as it found. Await it when the
     * block is asynchronous. Does not depend on the garbage collector. Gradients count: run a training step
     * once before, so that `grad` is there.
     */
    toLeakNothing(): T extends () => Promise<unknown> ? Promise<void> : void;
    /** Same shape and dtype (nested arrays take the tensor's dtype), and close values. */
    toBeCloseToTensor(expected: Tensor | NestedNumbers, tolerance?: Tolerance): void;
  }
}

interface Verdict {
  readonly pass: boolean;
  readonly message: () => string;
}

function leakVerdict(leak: Leak): Verdict {
  const hint = leak.tensors <= 0 ? ' (no more tensors than before: gradients or buffers grew)' : '';
  return {
    pass: leak.tensors <= 0 && leak.bytes <= 0,
    message: () => `the block leaked ${leakText(leak)}${hint}`,
  };
}

expect.extend({
  toLeakNothing(block: unknown): Verdict | Promise<Verdict> {
    if (typeof block !== 'function') {
      return { pass: this.isNot, message: () => 'toLeakNothing() needs a function: expect(() => …)' };
    }
    const leak = leakOf(block as () => unknown);
    return leak instanceof Promise ? leak.then(leakVerdict) : leakVerdict(leak);
  },

  toBeCloseToTensor(actual: unknown, expected: Tensor | NestedNumbers, tolerance?: Tolerance): Verdict {
    if (!(actual instanceof Tensor)) {
      return { pass: this.isNot, message: () => `expected a Tensor, got ${this.utils.stringify(actual)}` };
    }
    const wanted = expected instanceof Tensor ? expected : tensor(expected, { dtype: actual.dtype });
    try {
      const text = difference(actual, wanted, tolerance);
      return { pass: text === null, message: () => text ?? 'the tensors are close' };
    } finally {
      if (wanted !== expected) wanted.dispose();
    }
  },
});
