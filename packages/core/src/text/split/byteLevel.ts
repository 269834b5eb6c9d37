import { replace } from '../piece.ts';
import type { Piece, Splitter } from '../pieceTypes.ts';
import { splitByPattern } from './byPattern.ts';

// GPT-2's pattern; \p{White_Space}, since JavaScript's \s differs from the reference implementation's.
const words =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** The printable character that stands for each byte in a byte-level vocabulary (GPT-2's table). */
const letters: readonly string[] = (() => {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
})();

const encoder = new TextEncoder();
const ascii = /^[!-~]*$/; // characters that stand for themselves

/** A piece as the letters of its UTF-8 bytes. */
function toBytes(piece: Piece): Piece {
  if (ascii.test(piece.text)) return piece;
  let text = '';
  if (!piece.spans) {
    for (const byte of encoder.encode(piece.text)) text += letters[byte];
    return { text, first: piece.first };
  }
  const starts: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const character of piece.text) {
    const last = at + character.length - 1;
    for (const byte of encoder.encode(character)) {
      text += letters[byte];
      starts.push(piece.spans.starts[at] ?? 0);
      ends.push(piece.spans.ends[last] ?? 0);
    }
    at = last + 1;
  }
  return {
    text,
    first: piece.first,
    spans: { starts: Int32Array.from(starts), ends: Int32Array.from(ends) },
  };
}

/** `ByteLevel`: words with the blank before them, as letters for bytes. */
export function byteLevel(addPrefixSpace: boolean, useRegex: boolean): Splitter {
  const split = splitByPattern(words, 'Isolated');
  return (piece) => {
    const spaced =
      addPrefixSpace && !piece.text.startsWith(' ')
        ? replace(piece, [{ start: 0, end: 0, text: ' ' }])
        : piece;
    return (useRegex ? split(spaced) : [spaced]).map(toBytes);
  };
}
