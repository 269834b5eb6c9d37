import type { Tensor } from '@ragwright/torch';

/** log softmax over each list's documents: [lists, longest]; 0 where there is no document. */
export const logSoftmaxOfLists = (scores: Tensor, absent: Tensor): Tensor =>
  scores.maskedFill(absent, Number.NEGATIVE_INFINITY).logSoftmax(1).maskedFill(absent, 0);
