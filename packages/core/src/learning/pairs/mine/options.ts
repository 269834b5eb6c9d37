import { z } from 'zod';
import { ConfigError } from '../../../base/errors.ts';
import { parseSettings } from '../../../base/settings.ts';
import type { MinedFormat, MiningOptions } from './types.ts';

const number = z.number();
const count = z.int().min(0);

/** The knobs without pairs and sources; for configs. */
export const miningSchema = z.strictObject({
  rangeMin: count.default(0),
  rangeMax: z.int().min(1).optional(),
  maxScore: number.optional(),
  minScore: number.optional(),
  absoluteMargin: number.optional(),
  relativeMargin: number.optional(),
  negatives: z.int().min(1).default(3),
  sampling: z.enum(['top', 'random']).default('top'),
  includePositives: z.boolean().default(false),
  format: z.enum(['triplet', 'n-tuple', 'labeled-pair', 'labeled-list']).default('n-tuple'),
  outputScores: z.boolean().default(false),
  seed: count.default(0),
});

/** With defaults filled in. */
export interface ResolvedMiningOptions {
  readonly rangeMin: number;
  readonly rangeMax: number;
  readonly maxScore: number | undefined;
  readonly minScore: number | undefined;
  readonly absoluteMargin: number | undefined;
  readonly relativeMargin: number | undefined;
  readonly negatives: number;
  readonly sampling: 'top' | 'random';
  readonly includePositives: boolean;
  readonly format: MinedFormat;
  readonly outputScores: boolean;
  readonly seed: number;
}

/**
 * Fills in defaults; rangeMax by sentence-transformers' rule.
 *
 * @param mostPositives of any query
 * @throws ConfigError with everything that is wrong
 */
export function resolveMiningOptions(options: MiningOptions, mostPositives: number): ResolvedMiningOptions {
  const parsed = parseSettings(miningSchema, options, 'mining options');
  const { rangeMin, negatives, includePositives, absoluteMargin, relativeMargin, maxScore } = parsed;
  const needed = negatives * (usesPositiveScore({ absoluteMargin, relativeMargin, maxScore }) ? 10 : 1);
  const rangeMax = parsed.rangeMax ?? rangeMin + needed + mostPositives;
  if (negatives > rangeMax - rangeMin) {
    const expected = `at least rangeMin + negatives = ${rangeMin + negatives}`;
    throw new ConfigError('mining options', [{ field: 'rangeMax', expected, got: String(rangeMax) }]);
  }
  return {
    ...parsed,
    rangeMax,
    maxScore,
    minScore: parsed.minScore,
    absoluteMargin,
    relativeMargin,
    format: includePositives ? 'n-tuple' : parsed.format,
  };
}

/** Whether candidates are judged by more than their order: only then it pays to rescore them. */
export const usesPositiveScore = (options: {
  readonly absoluteMargin: number | undefined;
  readonly relativeMargin: number | undefined;
  readonly maxScore: number | undefined;
}): boolean =>
  options.absoluteMargin !== undefined ||
  options.relativeMargin !== undefined ||
  options.maxScore !== undefined;
