import { setImmediate as immediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Runs the garbage collector and its finalizers. */
export async function forceCollection(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    collect();
    await immediate();
  }
}
