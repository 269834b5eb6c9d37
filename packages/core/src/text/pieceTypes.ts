/** Where each UTF-16 unit of a piece comes from: [start, end) in the text that was given. */
export interface Spans {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** A part of a text on its way to the model: normalised, cut, and with its origin if offsets were asked for. */
export interface Piece {
  readonly text: string;
  /** Whether it begins where the given text begins. */
  readonly first: boolean;
  readonly spans?: Spans;
}

/** A text → a text. */
export type Normalizer = (piece: Piece) => Piece;

/** A text → its parts, in order. */
export type Splitter = (piece: Piece) => readonly Piece[];

/** A part that stands for itself, with the tokens of the model. */
export interface PieceTokens {
  readonly ids: Int32Array;
  /** Where each token ends, in UTF-16 units of the piece. */
  readonly ends: Int32Array;
}

/** The vocabulary at work: WordPiece, BPE, Unigram, WordLevel. */
export interface PieceModel {
  readonly vocab: ReadonlyMap<string, number>;
  tokens(piece: string): PieceTokens;
}
