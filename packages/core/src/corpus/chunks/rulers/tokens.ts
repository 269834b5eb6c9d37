import { isSpace, wholeCharacter } from '../characters.ts';
import type { OffsetTokenizer } from '../types.ts';
import type { Atoms } from './atoms.ts';

/** Longest piece given to the tokenizer at once, in UTF-16 units: a book of one line should not stall it. */
const PIECE = 1 << 18;

/** The model's own tokens as atoms of size 1. */
export function tokenAtoms(text: string, tokenizer: OffsetTokenizer): Atoms {
  const pieces: Atoms[] = [];
  for (let from = 0; from < text.length; ) {
    const to = pieceEnd(text, from);
    const { starts, ends } = tokenizer.encodeWithOffsets(text.slice(from, to));
    pieces.push({ starts: shifted(starts, from), ends: shifted(ends, from), totals: new Int32Array() });
    from = to;
  }
  const starts = joined(pieces.map((piece) => piece.starts));
  const totals = Int32Array.from({ length: starts.length + 1 }, (_, i) => i);
  return { starts, ends: joined(pieces.map((piece) => piece.ends)), totals };
}

/** Before a single space where there is one: that is where tokenizers break by themselves. */
function pieceEnd(text: string, from: number): number {
  const furthest = from + PIECE;
  if (furthest >= text.length) return text.length;
  for (let i = furthest; i > from + PIECE / 2; i--) {
    const alone = !isSpace(text.charCodeAt(i - 1)) && !isSpace(text.charCodeAt(i + 1));
    if (alone && isSpace(text.charCodeAt(i))) return i;
  }
  return wholeCharacter(text, from, furthest) ?? furthest;
}

const shifted = (offsets: Int32Array, by: number): Int32Array =>
  by === 0 ? offsets : offsets.map((offset) => offset + by);

function joined(lists: readonly Int32Array[]): Int32Array {
  if (lists.length === 1) return lists[0] as Int32Array;
  const all = new Int32Array(lists.reduce((length, list) => length + list.length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
}
