import type { NativeMemory } from '../native/addon.ts';
import { native } from '../native/attach.ts';

/**
 * Counts live tensors, and the bytes of the distinct storages behind them and their gradients: of the whole
 * process (default), or of those that this thread owns. Walks the table of handles: not for a hot loop.
 */
export function memory(which: 'process' | 'thread' = 'process'): NativeMemory {
  return native.memory(which);
}
