export {
  type LoadTokenizerOptions,
  loadTokenizer,
  tokenizerFiles,
  tokenizerFromJson,
} from './loadTokenizer.ts';
export { tokenizerJson } from './tokenizerJson.ts';
export { type TrainWordPieceOptions, trainWordPiece, wordPieceSpecialTokens } from './trainWordPiece.ts';
export type { EncodeOptions, Encoding, Tokenizer, TokenOffsets } from './types.ts';
