import { z } from 'zod';
import { ConfigError } from '../../base/errors.ts';
import { parseSettings, withoutUndefined } from '../../base/settings.ts';
import type { Normalisation } from '../retrieval/fusion.ts';
import type { Reranker } from '../types.ts';
import { type Calibration, calibrationSchema } from './calibration/index.ts';

/** How the reranker's scores and the retriever's become one. */
export interface CombineOptions {
  /** `weighted`: by normalised scores (default); `rrf`: by ranks. */
  readonly fusion?: 'weighted' | 'rrf';
  /**
   * The reranker's part, 0 to 1; the retriever has the rest. Default of `weighted` 1, the reranker alone, as
   * cross-encoders are used in BEIR and sentence-transformers; of `rrf` 0.5, both lists alike.
   */
  readonly weight?: number;
  /** Of `weighted`, over the candidates of a query; default `minmax`. */
  readonly normalise?: Normalisation;
  /** Of `rrf`; default 60 (Cormack et al., 2009). */
  readonly rrfK?: number;
}

export interface RerankingOptions extends CombineOptions {
  /**
   * Chunks of a query that the reranker reads. Default 50: BEIR and sentence-transformers read 100, which costs twice
   * as much, and what a retriever has found beyond rank 50 seldom changes the first ten. It is also the depth of a
   * hybrid retriever.
   */
  readonly candidates?: number;
  /** Most tokens read for a query, by the reranker's own count. Default: no limit. */
  readonly tokenBudget?: number;
  /** Most milliseconds of a call of `retrieve`, the retriever's own time included. Default: no limit. */
  readonly latencyBudgetMs?: number;
  /** Most (query, passage) pairs between two looks at the clock; default 16. Only with a latency budget. */
  readonly slice?: number;
  /** Chunks whose score is lower are left out: the calibrated score, or the reranker's own. */
  readonly minScore?: number;
  /** Turns the reranker's score into a probability. It never changes the order. */
  readonly calibration?: Calibration;
  /** Milliseconds since any moment; for tests. Default performance.now. */
  readonly clock?: () => number;
}

/** See {@link RerankingOptions}. */
export const defaultCandidates = 50;

/** The knobs that a config file may have: all but the clock and the calibration's numbers. */
export const rerankingSchema = z.strictObject({
  candidates: z.int().min(1).default(defaultCandidates),
  fusion: z.enum(['weighted', 'rrf']).default('weighted'),
  weight: z.number().min(0).max(1).optional(),
  normalise: z.enum(['minmax', 'zscore']).default('minmax'),
  rrfK: z.number().min(0).default(60),
  tokenBudget: z.int().min(1).optional(),
  latencyBudgetMs: z.number().positive().optional(),
  slice: z.int().min(1).default(16),
  minScore: z.number().optional(),
});

const optionsSchema = rerankingSchema.extend({
  calibration: calibrationSchema.optional(),
  clock: z.custom<() => number>((value) => typeof value === 'function', 'expected a function').optional(),
});

/** With defaults filled in. */
export interface ResolvedRerankingOptions extends Required<CombineOptions> {
  readonly candidates: number;
  readonly tokenBudget: number | undefined;
  readonly latencyBudgetMs: number | undefined;
  readonly slice: number;
  readonly minScore: number | undefined;
  readonly calibration: Calibration | undefined;
  readonly clock: () => number;
}

/** @throws ConfigError with everything that is wrong */
export function resolveRerankingOptions(
  options: RerankingOptions,
  reranker: Reranker,
): ResolvedRerankingOptions {
  const parsed = parseSettings(optionsSchema, withoutUndefined(options), 'reranking options');
  if (parsed.tokenBudget !== undefined && reranker.countTokens === undefined) {
    const expected = 'none, as this reranker has no countTokens';
    throw new ConfigError('reranking options', [
      { field: 'tokenBudget', expected, got: String(parsed.tokenBudget) },
    ]);
  }
  return {
    ...parsed,
    weight: parsed.weight ?? (parsed.fusion === 'rrf' ? 0.5 : 1),
    tokenBudget: parsed.tokenBudget,
    latencyBudgetMs: parsed.latencyBudgetMs,
    minScore: parsed.minScore,
    calibration: parsed.calibration,
    clock: parsed.clock ?? (() => performance.now()),
  };
}
