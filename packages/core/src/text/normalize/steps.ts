import { cut, type Replacement, replace } from '../piece.ts';
import type { Normalizer } from '../pieceTypes.ts';

/** `Replace`: every match by fixed content. */
export function replaceMatches(pattern: RegExp, content: string): Normalizer {
  return (piece) => {
    const found: Replacement[] = [];
    for (const { 0: match, index } of piece.text.matchAll(pattern)) {
      found.push({ start: index, end: index + match.length, text: content });
    }
    return replace(piece, found);
  };
}

/** `Prepend`: text before a text that is not empty. */
export const prepend =
  (text: string): Normalizer =>
  (piece) =>
    piece.text === '' ? piece : replace(piece, [{ start: 0, end: 0, text }]);

/** `Strip`: no white space at the ends. */
export function strip(left: boolean, right: boolean): Normalizer {
  return (piece) => {
    const start = left ? (/^\p{White_Space}+/u.exec(piece.text)?.[0].length ?? 0) : 0;
    const end = right ? piece.text.length - trailing(piece.text) : piece.text.length;
    return cut(piece, start, Math.max(start, end));
  };
}

function trailing(text: string): number {
  let end = text.length;
  while (end > 0 && /\p{White_Space}/u.test(text[end - 1] as string)) end--;
  return text.length - end;
}

// Rust's `nmt_nfkc` clean-up (Nmt): control characters go, all kinds of blanks become one.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what goes
const nmtRemoved = /[\u0001-\u0008\u000B\u000E-\u001F\u007F\u008F\u009F]/g;
const nmtBlanks = /[\t\n\f\r\u1680\u200B-\u200F\u2028\u2029\u2581\uFEFF\uFFFD]/g;

/** `Nmt`: SentencePiece's clean-up before NFKC. */
export const nmt = (text: string): string => text.replace(nmtRemoved, '').replace(nmtBlanks, ' ');

/** `StripAccents`: all combining marks. */
export const stripAccents = (text: string): string => text.replace(/\p{M}/gu, '');
