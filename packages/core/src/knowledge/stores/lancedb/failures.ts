import { setTimeout as wait } from 'node:timers/promises';
import { RagwrightError } from '../../../base/errors.ts';
import { StoreError } from '../../errors.ts';

/** LanceDB's own error as a typed one; typed ones stay. */
export function backendError(op: string, cause: unknown): RagwrightError {
  if (RagwrightError.isInstance(cause)) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const details = {
    store: 'lancedb',
    op,
    reason: 'backend',
    expected: 'LanceDB to do it',
    got: message,
  } as const;
  return new StoreError(details, { cause });
}

const attempts = 6;
const conflict = /conflict|concurrent|retry|already exists/i;

/** Runs a write; again, after a short random wait, if another process has written at the same time. */
export async function withRetries<T>(op: string, write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (cause) {
      const again = attempt < attempts && cause instanceof Error && conflict.test(cause.message);
      if (!again || RagwrightError.isInstance(cause)) throw backendError(op, cause);
      await wait(Math.random() * 50 * 2 ** attempt);
    }
  }
}
