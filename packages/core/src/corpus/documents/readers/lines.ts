import { createReadStream } from 'node:fs';
import { notUtf8 } from '../decode.ts';
import { UnreadableError } from '../unreadable.ts';

const NEWLINE = 10;

/** A line without its end, or why there is none. */
export interface Line {
  /** From 1. */
  readonly line: number;
  readonly text?: string;
  readonly reason?: string;
}

/**
 * Lines of a UTF-8 file as a stream. A line beyond `maxBytes` is not collected: it is told with a reason, and so is
 * one that is not UTF-8.
 */
export async function* readLines(path: string, maxBytes: number): AsyncGenerator<Line> {
  let line = 0;
  let pieces: Uint8Array[] = [];
  let size = 0;
  const take = (): Line => {
    line++;
    const result = size > maxBytes ? tooLong(line, maxBytes) : decodeLine(line, pieces);
    pieces = [];
    size = 0;
    return result;
  };
  let first = true;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
    const bytes = chunk as Uint8Array;
    if (first) refuseUtf16(bytes);
    first = false;
    let from = 0;
    while (from < bytes.length) {
      const newline = bytes.indexOf(NEWLINE, from);
      const to = newline === -1 ? bytes.length : newline;
      size += to - from;
      if (size <= maxBytes) pieces.push(bytes.subarray(from, to));
      else pieces = [];
      from = to + 1;
      if (newline !== -1) yield take();
    }
  }
  if (size > 0) yield take();
}

function refuseUtf16(bytes: Uint8Array): void {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new UnreadableError('UTF-16; JSON lines are UTF-8');
  }
}

const tooLong = (line: number, maxBytes: number): Line => ({
  line,
  reason: `longer than maxRowBytes (${maxBytes})`,
});

function decodeLine(line: number, pieces: readonly Uint8Array[]): Line {
  const bytes = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
  try {
    return { line, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { line, reason: notUtf8().message };
  }
}
