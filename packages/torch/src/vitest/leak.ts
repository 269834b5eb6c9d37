import { withoutCollection } from '../memory/ownership.ts';
import { native } from '../native/attach.ts';

export interface Leak {
  /** Live tensors of this thread after the block, less those before. */
  readonly tensors: number;
  /** The same for the bytes of their storages and gradients. */
  readonly bytes: number;
}

type Block = () => unknown;

/** Runs the block and counts what it left alive. The garbage collector releases nothing meanwhile. */
export function leakOf(block: Block): Leak | Promise<Leak> {
  const before = native.memory('thread');
  const difference = (): Leak => {
    const after = native.memory('thread');
    return { tensors: after.liveTensors - before.liveTensors, bytes: after.bytes - before.bytes };
  };
  return withoutCollection(() => {
    const result = block();
    return result instanceof Promise ? result.then(difference) : difference();
  });
}

/** "3 tensors, 4,096 bytes". */
export function leakText({ tensors, bytes }: Leak): string {
  const count = tensors === 1 ? '1 tensor' : `${tensors.toLocaleString('en')} tensors`;
  return `${count}, ${bytes.toLocaleString('en')} bytes`;
}
