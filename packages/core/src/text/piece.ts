import type { Piece, Spans } from './pieceTypes.ts';

/** A text as one piece; `withSpans`: each unit stands for itself. */
export function pieceOf(text: string, withSpans: boolean): Piece {
  return withSpans ? { text, first: true, spans: ownSpans(text.length) } : { text, first: true };
}

function ownSpans(length: number): Spans {
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    starts[i] = i;
    ends[i] = i + 1;
  }
  return { starts, ends };
}

/** The part [start, end) of a piece, in UTF-16 units. */
export function cut(piece: Piece, start: number, end: number): Piece {
  if (start === 0 && end === piece.text.length) return piece;
  const text = piece.text.slice(start, end);
  const first = piece.first && start === 0;
  if (!piece.spans) return { text, first };
  const { starts, ends } = piece.spans;
  return { text, first, spans: { starts: starts.subarray(start, end), ends: ends.subarray(start, end) } };
}

/** A stretch of a piece, [start, end), and the text that takes its place. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Puts other text in the place of stretches of a piece, which are in order and do not overlap. Text that replaces
 * nothing (start = end) stands for the unit after it, or the one before it at the end.
 */
export function replace(piece: Piece, replacements: readonly Replacement[]): Piece {
  if (replacements.length === 0) return piece;
  let text = '';
  let at = 0;
  for (const each of replacements) {
    text += piece.text.slice(at, each.start) + each.text;
    at = each.end;
  }
  text += piece.text.slice(at);
  if (!piece.spans) return { text, first: piece.first };
  return { text, first: piece.first, spans: replacedSpans(piece.spans, replacements, text.length) };
}

function replacedSpans(from: Spans, replacements: readonly Replacement[], length: number): Spans {
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  const units = from.starts.length;
  let read = 0;
  let write = 0;
  const copyTo = (end: number): void => {
    starts.set(from.starts.subarray(read, end), write);
    ends.set(from.ends.subarray(read, end), write);
    write += end - read;
    read = end;
  };
  for (const { start, end, text } of replacements) {
    copyTo(start);
    const low = Math.min(start, units - 1);
    const first = from.starts[low] ?? 0;
    const last = from.ends[start < end ? end - 1 : low] ?? 0;
    starts.fill(first, write, write + text.length);
    ends.fill(last, write, write + text.length);
    write += text.length;
    read = end;
  }
  copyTo(units);
  return { starts, ends };
}
