import { ArgumentError } from '../errors.ts';
import type { Handle } from '../native/addon.ts';

/** A tensor on its way to another thread; plain data, so postMessage can copy it. Frees nothing by itself. */
export interface SharedTensor {
  readonly kind: 'ragwright-tensor';
  /** The process that has the memory. */
  readonly pid: number;
  readonly handle: Handle;
}

export const ticketFor = (handle: Handle): SharedTensor => ({
  kind: 'ragwright-tensor',
  pid: process.pid,
  handle,
});

/** Throws ArgumentError for anything but a ticket of this process. */
export function handleInTicket(ticket: SharedTensor): Handle {
  if (typeof ticket !== 'object' || ticket === null || ticket.kind !== 'ragwright-tensor') {
    throw new ArgumentError('adopt', 'not a ticket', {
      expected: 'what tensor.share() returned',
      got: ticket === null ? 'null' : typeof ticket,
    });
  }
  if (ticket.pid !== process.pid) {
    throw new ArgumentError('adopt', 'the ticket is from another process; send the data itself', {
      expected: `process ${process.pid}`,
      got: `process ${ticket.pid}`,
    });
  }
  return ticket.handle;
}
