import { cat, constantPadNd, ones, scope, type Tensor } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../base/settings.ts';
import type { EmbeddingBatch } from '../batches/types.ts';
import { columnsOf } from './columns.ts';
import { inLabelOrder } from './cosent.ts';
import { scoresOf } from './scores.ts';
import { normalize } from './similarity.ts';
import type { EmbeddingObjective } from './types.ts';

export interface AngleOptions {
  /** Factor on the similarity; default 20 (sentence-transformers'). */
  readonly scale?: number;
  /**
   * Where the labels come from: `scores`, one per pair (default); or `negatives`: the positive's label is 1 and each
   * hard negative's 0 (with one score s per row: s and 1 − s).
   */
  readonly labels?: 'scores' | 'negatives';
}

const schema = z.strictObject({
  scale: z.number().positive().default(20),
  labels: z.enum(['scores', 'negatives']).default('scores'),
});

/**
 * AnglE (Li & Li, arXiv 2309.12871): CoSENT's ordering with an angle in complex space instead of the cosine, which does
 * not saturate near ±1. Halves of an embedding are the real and imaginary parts, x = a + bi, y = c + di:
 *
 *     x/y · |y|/|x| = (Σ(ac + bd) + i Σ(bc − ad)) / (|x||y|),   sim(x, y) = |Re + Im|
 *     L = log(1 + Σ_{label_i < label_j} exp(s·(sim_i − sim_j)))
 *
 * Code and paper differ, and this follows the code, as sentence-transformers does: the paper orders angle differences
 * (the closer pair has the smaller one) and adds a cosine and an in-batch term; the authors' code orders |Re + Im| upwards
 * and sentence-transformers has this term alone. sentence-transformers divides by |x|·|y| as they come, NaN for a zero
 * vector; here that has similarity 0. An odd last dimension gets a zero beside it.
 */
export function angle(options: AngleOptions = {}): EmbeddingObjective {
  const name = 'AnglE';
  const settings = parseSettings(schema, options, name);
  const { scale, labels } = settings;
  const needs =
    labels === 'scores' ? ({ scores: 'pair', maxNegatives: 0, rows: 2 } as const) : { negatives: 1, rows: 1 };
  return {
    name,
    settings,
    needs,
    loss: (embeddings, batch) =>
      scope(() => {
        const { anchors, positives, negatives } = columnsOf({ name, needs }, embeddings, batch);
        const documents = [positives, ...negatives];
        const similarity = cat(
          documents.map((column) => angleSimilarity(anchors, column)),
          0,
        );
        const labelled =
          labels === 'scores' ? scoresOf(name, batch, 1) : labelsByColumn(batch, negatives.length);
        return inLabelOrder(similarity.mul(scale), labelled);
      }),
  };
}

/** |Re + Im| of the quotient of the unit vectors: [B, d], [B, d] → [B]. */
export function angleSimilarity(x: Tensor, y: Tensor): Tensor {
  const [a, b] = halves(normalize(x));
  const [c, d] = halves(normalize(y));
  const real = a.mul(c).add(b.mul(d));
  const imaginary = b.mul(c).sub(a.mul(d));
  return real.add(imaginary).sum([1]).abs();
}

function halves(x: Tensor): [Tensor, Tensor] {
  const even = (x.shape[1] as number) % 2 === 0 ? x : constantPadNd(x, [0, 1]);
  return even.chunk(2, 1) as [Tensor, Tensor];
}

/** Labels of [positives, negatives 1, …], flattened, float64. */
function labelsByColumn(batch: EmbeddingBatch, negatives: number): Tensor {
  const scored = batch.rows.some((row) => row.scores);
  const label = scored ? scoresOf('AnglE', batch, 1) : ones([batch.rows.length], { dtype: 'float64' });
  return cat([label, ...Array.from({ length: negatives }, () => label.neg().add(1))], 0);
}
