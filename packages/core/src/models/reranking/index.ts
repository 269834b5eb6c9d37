export { type CrossEncoderOptions, crossEncoderFrom } from './create.ts';
export { CrossEncoder, type CrossEncoderParts } from './crossEncoder.ts';
export {
  BertHead,
  DistilBertHead,
  ModernBertHead,
  RobertaHead,
  type SequenceClassificationHead,
} from './heads.ts';
export { type LoadCrossEncoderOptions, loadCrossEncoder } from './load.ts';
export { logitScore } from './logitScore.ts';
export type { PairScorer } from './pairScorer.ts';
export {
  type RerankerOptions,
  rerankerOf,
  type TextReranker,
  type TextRerankOptions,
  type TextRerankRequest,
} from './reranker.ts';
export { scorePairs } from './scorePairs.ts';
export type {
  CrossEncoderSettings,
  QueryPassage,
  ScoreActivation,
  ScorePairsOptions,
  TokenizedPairs,
} from './types.ts';
export type { WindowOptions } from './windows.ts';
