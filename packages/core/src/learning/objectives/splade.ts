import { cat, scope, type Tensor } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../base/settings.ts';
import { atLeastFloat32 } from '../batches/embedMiniBatch.ts';
import { multipleNegativesRanking } from './multipleNegativesRanking.ts';
import type { EmbeddingObjective } from './types.ts';

export interface SpladeOptions {
  /** λ_d, of positives and hard negatives together; default 3e-5 (sentence-transformers' examples). */
  readonly documentWeight?: number;
  /** λ_q, of queries; default 5e-5 (sentence-transformers' examples); 0 leaves them alone. */
  readonly queryWeight?: number;
  /** Documents with at most so many weights count as 0 in FLOPS; default none do. */
  readonly documentThreshold?: number;
  /** The same of queries. */
  readonly queryThreshold?: number;
  /** How both λ grow to their full size: see {@link regularizerFactor}. */
  readonly warmup?: RegularizerWarmup;
}

export interface RegularizerWarmup {
  /** Default quadratic (SPLADE's). */
  readonly shape?: 'quadratic' | 'linear';
  /** Part of the run in which they grow; default 1/3 (sentence-transformers'); 0: full size from the first step on. */
  readonly ratio?: number;
}

const schema = z.strictObject({
  documentWeight: z.number().nonnegative().default(3e-5),
  queryWeight: z.number().nonnegative().default(5e-5),
  documentThreshold: z.int().nonnegative().optional(),
  queryThreshold: z.int().nonnegative().optional(),
  warmup: z
    .strictObject({
      shape: z.enum(['quadratic', 'linear']).default('quadratic'),
      ratio: z
        .number()
        .min(0)
        .max(1)
        .default(1 / 3),
    })
    .prefault({}),
});

/**
 * SPLADE's loss (Formal et al., arXiv 2109.10086): any loss on the dot products of sparse vectors, and a price for the
 * work that they will cost in an inverted index:
 *
 *     L = inner + f·λ_d·FLOPS(documents) + f·λ_q·FLOPS(queries)
 *
 * with f growing over the run by `batch.progress` (a batch without it is one outside a run: f = 1). Regularising in full
 * from the first step on may drive all weights to 0 before anything is learnt.
 *
 * @param inner default MultipleNegativesRanking on dot products, scale 1; MarginMSE and DistillKL (sentence-transformers'
 *   temperature here is 2) are the others that SPLADE is trained with
 */
export function spladeLoss(
  inner: EmbeddingObjective = multipleNegativesRanking({ similarity: 'dot', scale: 1 }),
  options: SpladeOptions = {},
): EmbeddingObjective {
  const name = `SPLADE(${inner.name})`;
  const settings = parseSettings(schema, options, 'SPLADE');
  const { documentWeight, queryWeight, documentThreshold, queryThreshold, warmup } = settings;
  return {
    name,
    settings: { ...settings, loss: inner.name, ...inner.settings },
    needs: inner.needs,
    loss: (embeddings, batch) =>
      scope(() => {
        const loss = inner.loss(embeddings, batch);
        const [queries, ...documents] = embeddings.map(atLeastFloat32) as [Tensor, ...Tensor[]];
        const factor = regularizerFactor(batch.progress ?? 1, warmup);
        const price = flops(cat(documents, 0), documentThreshold).mul(factor * documentWeight);
        const both =
          queryWeight > 0 ? price.add(flops(queries, queryThreshold).mul(factor * queryWeight)) : price;
        return loss.add(both);
      }),
  };
}

/**
 * FLOPS (Paria et al., arXiv 2004.05665): Σ_j (mean_i x_ij)², a smooth stand-in for the multiplications that
 * comparing two texts takes, which also spreads what is left evenly over the vocabulary.
 *
 * @param x [n, vocab]
 * @param threshold rows with at most so many weights that are not 0 count as 0
 */
export function flops(x: Tensor, threshold?: number): Tensor {
  return scope(() => {
    if (threshold === undefined) return x.mean([0]).square().sum();
    const counts = x.detach().ne(0).sum([1], true).gt(threshold);
    return x.mul(counts.to(x.dtype)).mean([0]).square().sum();
  });
}

/** By what both λ are multiplied when `progress` of the run (0 to 1) is done: min(1, progress / ratio), squared or not. */
export function regularizerFactor(
  progress: number,
  { shape = 'quadratic', ratio = 1 / 3 }: RegularizerWarmup,
): number {
  const grown = ratio > 0 ? Math.min(1, progress / ratio) : 1;
  return shape === 'quadratic' ? grown ** 2 : grown;
}
