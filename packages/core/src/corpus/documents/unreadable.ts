import { RagwrightError } from '../../base/errors.ts';

/** A file that a reader gives up on; the message is the reason that a person reads. */
export class UnreadableError extends RagwrightError {}

/** What a library threw, as one line. */
export function reasonOf(error: unknown): string {
  if (error instanceof RangeError && error.message.includes('call stack')) return 'nested too deeply';
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.replace(/\s+/g, ' ').trim().slice(0, 500);
}
