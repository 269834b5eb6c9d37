import type { OffsetTokenizer } from './types.ts';

/**
 * A small tokenizer in the manner of WordPiece: words and signs, words in pieces of four letters. A word's first piece may
 * be longer than the following ones, so that a text cut within a word has another count than its tokens had.
 */
export const pieceTokenizer: OffsetTokenizer = {
  fingerprint: 'pieces',
  count: (text) => tokenize(text).ids.length,
  encodeWithOffsets: tokenize,
};

function tokenize(text: string) {
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { index, 0: word } of text.matchAll(/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu)) {
    let at = 0;
    for (const [piece] of word.matchAll(/^.{1,5}|.{1,3}/gsu)) {
      starts.push(index + at);
      ends.push(index + at + piece.length);
      at += piece.length;
    }
  }
  return { ids: Int32Array.from(starts), starts: Int32Array.from(starts), ends: Int32Array.from(ends) };
}

/** UTF-8 bytes as tokens, with the offsets of the characters they are part of: several tokens stand at one place. */
export const byteTokenizer: OffsetTokenizer = {
  fingerprint: 'bytes',
  count: (text) => Buffer.byteLength(text),
  encodeWithOffsets(text) {
    const starts: number[] = [];
    const ends: number[] = [];
    let at = 0;
    for (const character of text) {
      for (let i = Buffer.byteLength(character); i > 0; i--) {
        starts.push(at);
        ends.push(at + character.length);
      }
      at += character.length;
    }
    return { ids: Int32Array.from(starts), starts: Int32Array.from(starts), ends: Int32Array.from(ends) };
  },
};
