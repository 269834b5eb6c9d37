import type { PieceModel, PieceTokens } from '../pieceTypes.ts';

export interface WordPieceOptions {
  readonly vocab: ReadonlyMap<string, number>;
  readonly unknownId: number;
  /** What a token within a word begins with in the vocabulary: `##`. */
  readonly prefix: string;
  /** A longer word is unknown; characters. */
  readonly maxCharacters: number;
}

/** WordPiece: the longest token that fits, again and again; a word with a part that fits nothing is unknown. */
export function wordPiece({ vocab, unknownId, prefix, maxCharacters }: WordPieceOptions): PieceModel {
  let longest = 0;
  for (const token of vocab.keys()) longest = Math.max(longest, token.length);
  const find = (word: string, start: number): [id: number, end: number] | undefined => {
    let end = Math.min(word.length, start + longest);
    for (; end > start; end--) {
      if (isLowSurrogate(word, end)) continue;
      const part = word.slice(start, end);
      const id = vocab.get(start === 0 ? part : prefix + part);
      if (id !== undefined) return [id, end];
    }
    return undefined;
  };
  return {
    vocab,
    tokens: (word) => {
      const unknown: PieceTokens = { ids: Int32Array.of(unknownId), ends: Int32Array.of(word.length) };
      if (word.length > maxCharacters && [...word].length > maxCharacters) return unknown;
      const ids: number[] = [];
      const ends: number[] = [];
      for (let at = 0; at < word.length; ) {
        const found = find(word, at);
        if (!found) return unknown;
        ids.push(found[0]);
        ends.push(found[1]);
        at = found[1];
      }
      return { ids: Int32Array.from(ids), ends: Int32Array.from(ends) };
    },
  };
}

/** Whether `at` lies within a character. */
function isLowSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit < 0xe000;
}
