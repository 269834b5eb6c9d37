import type { Tensor } from '@ragwright/torch';
import type { Module, PackedBatch } from '@ragwright/torch/nn';
import type { Tokenizer } from '../../text/types.ts';
import type { QueryPassage, TokenizedPairs } from './types.ts';

/**
 * What scores pairs of query and passage: a cross-encoder, or a decoder that answers yes or no at the last token (then
 * `tokenizePairs` writes the prompt, and `scores` is {@link logitScore} of the logits there). Batching, windows over
 * long passages and the reranker are made of this alone: `scorePairs`, `rerankerOf`.
 */
export interface PairScorer extends Module {
  readonly tokenizer: Tokenizer;
  readonly device: string;
  /** Longest pair in tokens, special tokens (or the prompt) included. */
  readonly maxSeqLength: number;
  /** Cut to `maxSeqLength`. */
  tokenizePairs(pairs: readonly QueryPassage[]): Promise<TokenizedPairs>;
  /** Activated outputs [sequences, outputs] in the batch's order, float32 or wider. */
  scores(batch: PackedBatch): Tensor;
  /** Changes whenever the scores would. */
  fingerprint(): string;
}
