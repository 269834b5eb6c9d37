import { z } from 'zod';
import { listNegativesSchema } from '../../pairs/index.ts';
import { rerankerSettings } from '../rerankerSettings.ts';
import { metric } from './metric.ts';

/** Everything that `tune` can be told about its second stage. */
export const rerankerStage = z.strictObject({
  /**
   * What the reranker begins as: a cross-encoder's folder, `hf:org/name`, `pip:package`; several with `|` between them.
   * `embedder` (the default): the encoder of the embedding model that is kept, with a new head.
   */
  model: z.string().min(1).default('embedder'),
  /** Passages of a query that it reads. Default 30: a cross-encoder on a CPU reads some 50 a second. */
  candidates: z.int().min(1).default(30),
  /** Longest pair of query and passage, in tokens; default: what the model reads, at most 320. */
  maxLength: z.int().min(8).optional(),
  negatives: listNegativesSchema.prefault({}),
  training: rerankerSettings.extend({ bestMetric: metric.optional() }).prefault({}),
  /** Queries of dev, at random, that it is watched by: each evaluation reads all their candidates. Default 100. */
  devQueries: z.int().min(1).default(100),
  /**
   * Its part in the score beside the retriever's, 0 to 1; 1: the reranker alone. `dev` (the default): the weight with
   * the best score on dev.
   */
  weight: z.union([z.literal('dev'), z.number().min(0).max(1)]).default('dev'),
});

export type ResolvedRerankerStage = z.output<typeof rerankerStage>;
