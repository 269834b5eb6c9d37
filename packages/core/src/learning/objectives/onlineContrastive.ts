import { relu, scope, type Tensor } from '@ragwright/torch';
import { parseSettings } from '../../base/settings.ts';
import { columnsOf } from './columns.ts';
import { type ContrastiveOptions, contrastiveSchema } from './contrastive.ts';
import { pairwiseDistance } from './distance.ts';
import { mask } from './masks.ts';
import { binaryScoresOf } from './scores.ts';
import type { EmbeddingObjective } from './types.ts';

/**
 * Contrastive loss on the hard pairs of the batch only: those that belong together (score 1) and are further apart than
 * the closest that do not, and those that do not (score 0) and are closer than the furthest that do.
 *
 *     L = Σ_{hard, y = 1} d² + Σ_{hard, y = 0} max(0, margin − d)²
 *
 * As in sentence-transformers, which has no paper for it, a sum and not a mean: it grows with the batch. Where one side
 * has fewer than two pairs there is no bound, and pairs of the other side are hard beyond their own mean. A batch
 * without hard pairs has loss 0. Needs one score a row, 0 or 1.
 */
export function onlineContrastive(options: ContrastiveOptions = {}): EmbeddingObjective {
  const name = 'OnlineContrastive';
  const settings = parseSettings(contrastiveSchema, options, name);
  const { distance, margin } = settings;
  const needs = { scores: 'binary', maxNegatives: 0 } as const;
  return {
    name,
    settings,
    needs,
    loss: (embeddings, batch) =>
      scope(() => {
        const { anchors, positives, rows } = columnsOf({ name, needs }, embeddings, batch);
        const apart = pairwiseDistance(anchors, positives, distance);
        const together = binaryScoresOf(name, batch, apart);
        const pulled = together.mul(apart.square());
        const pushed = together
          .neg()
          .add(1)
          .mul(relu(apart.neg().add(margin)).square());
        const isHard = hardPairs(apart, together);
        const easy = mask(1, rows, (_, i) => !isHard(i)).squeeze(0);
        return pulled.add(pushed).maskedFill(easy.to(apart.device), 0).sum();
      }),
  };
}

/** distances [B], 1 or 0 [B] → which pairs are hard */
function hardPairs(distances: Tensor, together: Tensor): (row: number) => boolean {
  const apart = numbersOf(distances);
  const flags = numbersOf(together);
  const positives = apart.filter((_, i) => flags[i] === 1);
  const negatives = apart.filter((_, i) => flags[i] === 0);
  const closerThan = positives.length > 1 ? largest(positives) : mean(negatives);
  const furtherThan = negatives.length > 1 ? -largest(negatives.map((x) => -x)) : mean(positives);
  return (row) => {
    const distance = apart[row] as number;
    return flags[row] === 1 ? distance > furtherThan : distance < closerThan;
  };
}

const numbersOf = (x: Tensor): number[] => Array.from(x.detach().to('cpu').data(), Number);
const largest = (values: readonly number[]): number => values.reduce((most, x) => Math.max(most, x));
const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
