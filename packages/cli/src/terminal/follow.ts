import type { RunEvent } from '@ragwright/core/base';
import type { Terminal } from './terminal.ts';

/**
 * Shows the events of a run as they come (JSON lines on standard output with --json), and returns what the run
 * returns.
 */
export async function follow<T>(run: AsyncGenerator<RunEvent, T, undefined>, terminal: Terminal): Promise<T> {
  try {
    for (;;) {
      const next = await run.next();
      if (next.done) return next.value;
      terminal.event(next.value, true);
    }
  } finally {
    terminal.close();
  }
}
