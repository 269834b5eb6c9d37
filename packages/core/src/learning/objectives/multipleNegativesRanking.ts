import { cat, scope, type Tensor } from '@ragwright/torch';
import { z } from 'zod';
import { ConfigError } from '../../base/errors.ts';
import { parseSettings } from '../../base/settings.ts';
import { columnsOf } from './columns.ts';
import {
  docToDoc,
  docToQuery,
  type IsPositive,
  knownPositives,
  mask,
  queryToDoc,
  queryToQuery,
  withoutMasked,
} from './masks.ts';
import { type Similarity, similarities, similarityMatrix } from './similarity.ts';
import type { EmbeddingObjective } from './types.ts';

export type Direction = (typeof directions)[number];

export interface Hardness {
  /**
   * Which negatives weigh more, the closer they are: those of other rows (`in-batch`), the row's own hard negatives
   * (`hard`), or both (`all`).
   */
  readonly mode: 'in-batch' | 'hard' | 'all';
  /** α; 9 with `in-batch` (Lan et al., arXiv 2503.04812), 5 with `hard` (EmbeddingGemma, arXiv 2509.20354). */
  readonly strength: number;
}

export interface MultipleNegativesRankingOptions {
  /** Factor on the similarity, the inverse of a temperature; default 20 (sentence-transformers'). Use 1 with `dot`. */
  readonly scale?: number;
  /** Default cosine. */
  readonly similarity?: Similarity;
  /**
   * What is told from what; must have `query_to_doc`, which is the default. With `doc_to_query` and `per_direction`
   * the symmetric loss (Günther et al., arXiv 2310.19923), with all four and `joint` GTE's (Li et al., arXiv 2308.03281).
   */
  readonly directions?: readonly Direction[];
  /** One softmax over all directions (default), or one for each, averaged. */
  readonly partition?: 'joint' | 'per_direction';
  /** Default none. */
  readonly hardness?: Hardness;
}

const directions = ['query_to_doc', 'query_to_query', 'doc_to_query', 'doc_to_doc'] as const;

/**
 * In-batch negatives: InfoNCE (van den Oord et al., arXiv 1807.03748), sentence-transformers'
 * MultipleNegativesRankingLoss. For row i with anchor qᵢ and positive dᵢ, the documents D being all positives and all
 * hard negatives of the batch:
 *
 *     Lᵢ = −log exp(s·sim(qᵢ, dᵢ)) / Zᵢ,   Zᵢ = Σ_{d ∈ D} exp(s·sim(qᵢ, d))
 *
 * `directions` add to Z: other anchors (query_to_query), dᵢ against all anchors (doc_to_query), dᵢ against the
 * documents of other rows (doc_to_doc). `hardness` adds α·sim, taken as a constant, to the negatives' scores in
 * query_to_doc. What the batch knows to be a false negative is left out of Z.
 *
 * As in sentence-transformers (and GTE's formula), a joint Z with doc_to_query holds the pair (qᵢ, dᵢ) twice.
 *
 * @throws ConfigError if an option is wrong; `loss` throws ObjectiveError for a batch with nothing to learn
 */
export function multipleNegativesRanking(options: MultipleNegativesRankingOptions = {}): EmbeddingObjective {
  const settings = checked(options);
  const { scale, similarity, partition, hardness } = settings;
  const name = 'MultipleNegativesRanking';
  const needs = { rows: 2, rowsWithNegatives: 1 };
  return {
    name,
    settings: { ...settings },
    needs,
    loss: (embeddings, batch) =>
      scope(() => {
        const { anchors, positives, negatives, rows } = columnsOf({ name, needs }, embeddings, batch);
        const columns = negatives.length + 2;
        const known = knownPositives(name, batch, rows, columns);
        const documents = cat([positives, ...negatives], 0);
        const toDoc = similarityMatrix(anchors, documents, similarity);
        const blocks = settings.directions.map((direction) => {
          if (direction !== 'query_to_doc') {
            const raw = otherBlock(direction, anchors, positives, documents, similarity);
            return withoutMasked(raw.mul(scale), maskOf(direction, known, rows, columns));
          }
          const scores = toDoc.mul(scale);
          const harder = hardness ? scores.add(penalty(toDoc, hardness, rows, columns)) : scores;
          return withoutMasked(harder, queryToDoc(known, rows, columns));
        });
        const own = toDoc.mul(scale).narrow(1, 0, rows).diagonal();
        return logPartition(blocks, partition).sub(own).mean();
      }),
  };
}

const schema = z.strictObject({
  scale: z.number().positive().default(20),
  similarity: z.enum(similarities).default('cosine'),
  directions: z
    .array(z.enum(directions))
    .refine(
      (list) => list.includes('query_to_doc'),
      'expected query_to_doc among them: it holds the positive pair',
    )
    .default(['query_to_doc']),
  partition: z.enum(['joint', 'per_direction']).default('joint'),
  hardness: z
    .strictObject({ mode: z.enum(['in-batch', 'hard', 'all']), strength: z.number().positive() })
    .optional(),
});

function checked(options: MultipleNegativesRankingOptions) {
  const where = 'MultipleNegativesRanking';
  const settings = parseSettings(schema, options, where);
  const chosen = directions.filter((direction) => settings.directions.includes(direction));
  const same = chosen.filter((direction) => direction === 'query_to_query' || direction === 'doc_to_doc');
  if (settings.partition === 'per_direction' && same.length > 0) {
    // Their Z lacks the positive pair, so the mean over directions would have no lower bound.
    const expected = `joint with ${same.join(' and ')}`;
    throw new ConfigError(where, [{ field: 'partition', expected, got: settings.partition }]);
  }
  return { ...settings, directions: chosen };
}

function otherBlock(
  direction: Exclude<Direction, 'query_to_doc'>,
  anchors: Tensor,
  positives: Tensor,
  documents: Tensor,
  similarity: Similarity,
): Tensor {
  if (direction === 'query_to_query') return similarityMatrix(anchors, anchors, similarity);
  if (direction === 'doc_to_query') return similarityMatrix(positives, anchors, similarity);
  return similarityMatrix(positives, documents, similarity);
}

function maskOf(
  direction: Exclude<Direction, 'query_to_doc'>,
  known: IsPositive | undefined,
  rows: number,
  columns: number,
): Tensor | undefined {
  if (direction === 'query_to_query') return queryToQuery(known, rows);
  if (direction === 'doc_to_query') return docToQuery(known, rows);
  return docToDoc(known, rows, columns);
}

/** α·sim as a constant for the negatives that `mode` names, 0 elsewhere: [B, B·(columns − 1)]. */
function penalty(similarity: Tensor, { mode, strength }: Hardness, rows: number, columns: number): Tensor {
  const exempt = mask(rows, rows * (columns - 1), (i, j) => {
    if (j % rows !== i) return mode === 'hard';
    return mode === 'in-batch' || j === i;
  });
  return similarity.detach().mul(strength).maskedFill(exempt.to(similarity.device), 0);
}

/** log Z [B]: of all blocks together, or the mean of each block's. */
function logPartition(blocks: readonly Tensor[], partition: 'joint' | 'per_direction'): Tensor {
  if (partition === 'joint') return cat(blocks, 1).logsumexp([1]);
  const each = blocks.map((block) => block.logsumexp([1]));
  return each.reduce((sum, one) => sum.add(one)).div(each.length);
}
