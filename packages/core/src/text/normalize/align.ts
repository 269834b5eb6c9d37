import { type Replacement, replace } from '../piece.ts';
import type { Normalizer, Piece } from '../pieceTypes.ts';

/**
 * What a normaliser may join or reorder: a character with its combining marks, Hangul letters that compose into
 * syllables, and a carriage return with its line feed.
 */
const clusters = /\r\n|[\u1100-\u11FF\uA960-\uA97C\uD7B0-\uD7FB]+\p{M}*|\P{M}\p{M}*|\p{M}+/gsu;
const words = /\s+|\S+/g;

/**
 * Makes a normaliser of a function on strings. Where each character comes from is found by normalising character
 * by character (with its marks); if the parts do not add up to the whole, word by word, else it is the whole text.
 */
export function alignedNormalizer(normalize: (text: string) => string): Normalizer {
  return (piece) => {
    const text = normalize(piece.text);
    if (text === piece.text) return piece;
    if (!piece.spans) return { text, first: piece.first };
    return align(piece, normalize, text);
  };
}

function align(piece: Piece, normalize: (text: string) => string, expected: string): Piece {
  for (const pattern of [clusters, words]) {
    const replacements: Replacement[] = [];
    for (const { 0: part, index } of piece.text.matchAll(pattern)) {
      const text = normalize(part);
      if (text !== part) replacements.push({ start: index, end: index + part.length, text });
    }
    const aligned = replace(piece, replacements);
    if (aligned.text === expected) return aligned;
  }
  return replace(piece, [{ start: 0, end: piece.text.length, text: expected }]);
}
