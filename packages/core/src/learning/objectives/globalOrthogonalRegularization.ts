import { relu, scope, type Tensor } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../base/settings.ts';
import { atLeastFloat32 } from '../batches/embedMiniBatch.ts';
import type { EmbeddingBatch } from '../batches/types.ts';
import { docToDoc, knownPositives, mask, queryToQuery } from './masks.ts';
import { type Similarity, similarities, similarityMatrix } from './similarity.ts';
import type { EmbeddingObjective } from './types.ts';

export interface GlobalOrthogonalRegularizationOptions {
  /** Weight of the first moment; default 1 (sentence-transformers'). */
  readonly meanWeight?: number;
  /** Weight of the second moment; default 1 (sentence-transformers'). */
  readonly secondMomentWeight?: number;
  /** Default cosine. */
  readonly similarity?: Similarity;
  /** Of the columns' terms; default mean (sentence-transformers'). */
  readonly aggregation?: 'mean' | 'sum';
}

const schema = z
  .strictObject({
    meanWeight: z.number().nonnegative().default(1),
    secondMomentWeight: z.number().nonnegative().default(1),
    similarity: z.enum(similarities).default('cosine'),
    aggregation: z.enum(['mean', 'sum']).default('mean'),
  })
  .refine(({ meanWeight, secondMomentWeight }) => meanWeight + secondMomentWeight > 0, {
    path: ['meanWeight'],
    message: 'expected above 0, or secondMomentWeight',
  });

/**
 * Global orthogonal regularisation (Zhang et al., arXiv 1708.06320) beside any other loss: texts that have nothing to do
 * with each other should be as far apart as random points on the sphere, whose cosine has mean 0 and second moment 1/d.
 *
 *     L = loss + w₁·mean over columns of M₁² + w₂·mean over columns of max(0, M₂ − 1/d)
 *
 * M₁ and M₂ are the means of sim and sim² over the pairs of different rows in one column. sentence-transformers has it as
 * a loss of its own, to be added; it counts all pairs, here two texts that the batch knows to belong to the same
 * query are left out. A column without such pairs (a batch of one) adds nothing. EmbeddingGemma (arXiv 2509.20354)
 * trains with the second moment.
 */
export function globalOrthogonalRegularization(
  objective: EmbeddingObjective,
  options: GlobalOrthogonalRegularizationOptions = {},
): EmbeddingObjective {
  const settings = parseSettings(schema, options, 'GlobalOrthogonalRegularization');
  const { meanWeight, secondMomentWeight, similarity, aggregation } = settings;
  const name = `GlobalOrthogonalRegularization(${objective.name})`;
  return {
    name,
    settings: { ...settings, loss: objective.name, ...prefixed(objective.settings) },
    needs: objective.needs,
    loss: (embeddings, batch) =>
      scope(() => {
        const loss = objective.loss(embeddings, batch); // first: it knows what is wrong with the columns
        const masks = unrelatedMasks(name, batch, embeddings.length);
        const terms = embeddings.map((column, i) => {
          const { first, second } = moments(atLeastFloat32(column), masks[i] as Pairs, similarity);
          const spread = relu(second.sub(1 / (column.shape[1] as number)));
          return first.square().mul(meanWeight).add(spread.mul(secondMomentWeight));
        });
        const total = terms.reduce((sum, term) => sum.add(term));
        return loss.add(aggregation === 'sum' ? total : total.div(terms.length));
      }),
  };
}

/** Options of the inner loss that have a name of ours stay apart. */
const prefixed = (settings: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(settings).map(([key, value]) => [`loss.${key}`, value]));

interface Pairs {
  /** bool [B, B]: what does not count. */
  readonly out: Tensor;
  readonly count: number;
}

/** Pairs of different rows that nothing is known to join, for each column. */
function unrelatedMasks(name: string, batch: EmbeddingBatch, columns: number): Pairs[] {
  const rows = batch.rows.length;
  const known = knownPositives(name, batch, rows, columns);
  const plain = mask(rows, rows, (i, j) => i === j);
  const masks = [queryToQuery(known, rows), docToDoc(known, rows, 2)];
  return Array.from({ length: columns }, (_, column) => {
    const out = masks[column] ?? plain;
    return { out, count: Number(out.logicalNot().sum().item()) };
  });
}

/** Means of sim and sim² over the pairs that count; 0 if none does. */
function moments(x: Tensor, { out, count }: Pairs, similarity: Similarity) {
  const similar = similarityMatrix(x, x, similarity).maskedFill(out.to(x.device), 0);
  const pairs = Math.max(1, count);
  return { first: similar.sum().div(pairs), second: similar.square().sum().div(pairs) };
}
