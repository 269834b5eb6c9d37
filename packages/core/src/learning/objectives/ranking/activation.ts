import type { Tensor } from '@ragwright/torch';

export const activations = ['identity', 'sigmoid'] as const;

/** What a loss does to the logits first. */
export type Activation = (typeof activations)[number];

export const activate = (scores: Tensor, activation: Activation): Tensor =>
  activation === 'sigmoid' ? scores.sigmoid() : scores;
