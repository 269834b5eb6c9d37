import { scope } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../../base/settings.ts';
import { type MultiVectorSimilarity, multiVectorSimilarities } from '../../../models/multivector/index.ts';
import { knownPositives, queryToDoc, withoutMasked } from '../masks.ts';
import { joined, tokenColumnsOf } from './columns.ts';
import { maxSimMatrix } from './maxSim.ts';
import type { MultiVectorObjective } from './types.ts';

export interface MultiVectorNegativesRankingOptions {
  /** Factor on the score; default 1 (sentence-transformers'): a query of 32 tokens has scores up to 32. */
  readonly scale?: number;
  /** Default maxsim. With meanmaxsim a scale of 20 is what others use for cosines. */
  readonly similarity?: MultiVectorSimilarity;
}

const schema = z.strictObject({
  scale: z.number().positive().default(1),
  similarity: z.enum(multiVectorSimilarities).default('maxsim'),
});

/**
 * In-batch negatives on late interaction (Khattab & Zaharia, arXiv 2004.12832, Santhanam et al., arXiv 2112.01488),
 * sentence-transformers' MultiVectorMultipleNegativesRankingLoss: as `multipleNegativesRanking` with MaxSim,
 *
 *     Lᵢ = −log exp(s·MaxSim(qᵢ, dᵢ)) / Σ_{d ∈ D} exp(s·MaxSim(qᵢ, d))
 *
 * D being all positives and hard negatives of the batch, without what it knows to be a false negative.
 */
export function multiVectorNegativesRanking(
  options: MultiVectorNegativesRankingOptions = {},
): MultiVectorObjective {
  const name = 'MultiVectorNegativesRanking';
  const settings = parseSettings(schema, options, name);
  const needs = { rows: 2, rowsWithNegatives: 1 };
  return {
    name,
    settings,
    needs,
    loss: (columns, batch) =>
      scope(() => {
        const { queries, positives, negatives, rows } = tokenColumnsOf({ name, needs }, columns, batch);
        const documents = joined([positives, ...negatives]);
        const scores = maxSimMatrix(queries, documents, settings.similarity).mul(settings.scale);
        const masked = queryToDoc(knownPositives(name, batch, rows, columns.length), rows, columns.length);
        const own = scores.narrow(1, 0, rows).diagonal();
        return withoutMasked(scores, masked).logsumexp([1]).sub(own).mean();
      }),
  };
}
