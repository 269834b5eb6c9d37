import type { RunEvent } from '@ragwright/core/base';
import type { Terminal } from './terminal.ts';

/**
 * Shows the events of a run as they come, and returns what the run returns.
 *
 * @param asLines with --json, events are JSON lines on standard output (default); false for commands whose output is
 *   one document
 */
export async function follow<T>(
  run: AsyncGenerator<RunEvent, T, undefined>,
  terminal: Terminal,
  asLines = true,
): Promise<T> {
  try {
    for (;;) {
      const next = await run.next();
      if (next.done) return next.value;
      terminal.event(next.value, asLines);
    }
  } finally {
    terminal.close();
  }
}
