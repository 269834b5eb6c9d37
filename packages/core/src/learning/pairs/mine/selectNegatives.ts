import type { SeededRandom } from '../../../base/rng.ts';
import type { Candidate, CandidateList } from './candidates.ts';
import type { ResolvedMiningOptions } from './options.ts';
import type { SkipReason } from './types.ts';

export interface Selection {
  /** Best first; at most as many as were asked for. */
  readonly negatives: readonly Candidate[];
  /** Candidates that the rules looked at. */
  readonly looked: number;
  readonly masked: number;
  readonly skipped: Readonly<Record<SkipReason, number>>;
}

/**
 * Chooses the negatives of one query as sentence-transformers 6.0 does: known positives masked, then the margins to
 * the lowest positive, then the bounds; of what is left the best rangeMax without the first rangeMin; of those the
 * top, or a sample.
 */
export function selectNegatives(
  { candidates, positiveScores }: CandidateList,
  options: ResolvedMiningOptions,
  random: SeededRandom,
): Selection {
  const open = options.includePositives ? candidates : candidates.filter(({ isPositive }) => !isPositive);
  const lowest = positiveScores.reduce((least, score) => Math.min(least, score), Number.POSITIVE_INFINITY);
  const skipped: Record<SkipReason, number> = {
    absoluteMargin: 0,
    relativeMargin: 0,
    maxScore: 0,
    minScore: 0,
  };
  const allowed = open.filter(({ score }) => {
    const reason = reasonToSkip(score, lowest, options);
    if (reason) skipped[reason]++;
    return !reason;
  });
  const ranked = allowed.sort((a, b) => b.score - a.score).slice(options.rangeMin, options.rangeMax);
  return {
    negatives: take(ranked, options, random),
    looked: open.length,
    masked: candidates.length - open.length,
    skipped,
  };
}

function reasonToSkip(
  score: number,
  lowestPositive: number,
  { absoluteMargin, relativeMargin, maxScore, minScore }: ResolvedMiningOptions,
): SkipReason | undefined {
  if (absoluteMargin !== undefined && score + absoluteMargin > lowestPositive) return 'absoluteMargin';
  // Not positive · (1 − margin), which for a negative score would lie above it.
  if (relativeMargin !== undefined && score > lowestPositive - Math.abs(lowestPositive) * relativeMargin)
    return 'relativeMargin';
  if (maxScore !== undefined && score > maxScore) return 'maxScore';
  if (minScore !== undefined && score < minScore) return 'minScore';
  return undefined;
}

function take(
  ranked: readonly Candidate[],
  { negatives, sampling }: ResolvedMiningOptions,
  random: SeededRandom,
): readonly Candidate[] {
  if (sampling === 'top') return ranked.slice(0, negatives);
  const places = random.sample(
    ranked.map((_, i) => i),
    negatives,
  );
  return places.sort((a, b) => a - b).map((i) => ranked[i] as Candidate);
}
