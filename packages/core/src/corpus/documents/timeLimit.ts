import { createContext, Script } from 'node:vm';
import { UnreadableError } from './unreadable.ts';

const script = new Script('run()');

/**
 * Ends synchronous work that takes too long: libraries that parse what strangers wrote have inputs on which they are
 * quadratic. V8's watchdog of `vm` interrupts whatever is called from inside the script, this process's own functions
 * included.
 *
 * @throws UnreadableError when the time is over; what `run` throws
 */
export function withTimeLimit<T>(milliseconds: number, run: () => T): T {
  let result: { readonly value: T } | undefined;
  const context = createContext({
    run: () => {
      result = { value: run() };
    },
  });
  try {
    script.runInContext(context, { timeout: milliseconds });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw tookTooLong(milliseconds);
  }
  return (result as unknown as { readonly value: T }).value;
}

/** The same for asynchronous work, which it can only stop waiting for; `cancel` should end it. */
export async function withDeadline<T>(
  milliseconds: number,
  work: Promise<T>,
  cancel: () => unknown,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(tookTooLong(milliseconds));
      cancel();
    }, milliseconds);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

const tookTooLong = (milliseconds: number): UnreadableError =>
  new UnreadableError(`took longer than the option timeout allows (${milliseconds} ms)`);
