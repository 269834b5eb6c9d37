import { scope, type Tensor } from '@ragwright/torch';

/**
 * The score of a generative reranker, as sentence-transformers' LogitScore: with z the logits of the next token,
 * z[true] − z[false], the log-odds of one answer against the other; z[true] alone if there is no other.
 *
 * @param logits [n, vocabulary], of the last token of each sequence
 * @returns [n, 1]
 * @throws IndexError for a token outside the vocabulary
 */
export const logitScore = (logits: Tensor, trueTokenId: number, falseTokenId?: number): Tensor =>
  scope(() => {
    const yes = logits.narrow(1, trueTokenId, 1);
    return falseTokenId === undefined ? yes.contiguous() : yes.sub(logits.narrow(1, falseTokenId, 1));
  });
