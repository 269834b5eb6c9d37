import type { PieceModel, PieceTokens } from '../pieceTypes.ts';

// Natural text repeats its words: with these, 99 of 100 are found. Longer pieces are not words.
const CAPACITY = 50_000;
const LONGEST = 64; // UTF-16 units

/** Remembers the tokens of short pieces; when full, the older half is forgotten. */
export function cached(model: PieceModel): PieceModel {
  let young = new Map<string, PieceTokens>();
  let old = new Map<string, PieceTokens>();
  return {
    vocab: model.vocab,
    tokens: (piece) => {
      const known = young.get(piece);
      if (known) return known;
      const tokens = old.get(piece) ?? model.tokens(piece);
      if (piece.length > LONGEST) return tokens;
      if (young.size >= CAPACITY) {
        old = young;
        young = new Map();
      }
      young.set(piece, tokens);
      return tokens;
    },
  };
}
