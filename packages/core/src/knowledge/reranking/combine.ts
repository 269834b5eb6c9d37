import type { Chunk } from '../../corpus/chunks/types.ts';
import { reciprocalRankFusion, weightedFusion } from '../retrieval/fusion.ts';
import { byRank } from '../stores/ranking.ts';
import type { RankedChunk } from '../types.ts';
import type { CombineOptions } from './options.ts';

/** A chunk that the reranker has read. */
export interface ScoredCandidate {
  readonly chunk: Chunk;
  readonly retrieverScore: number;
  readonly rerankerScore: number;
}

/**
 * Ranks the candidates of one query: by `weighted`, w · reranker + (1 − w) · retriever, both normalised over these
 * candidates; by `rrf`, w / (k + rank of the reranker) + (1 − w) / (k + rank of the retriever). With the reranker
 * alone (`weighted`, w = 1) scores are its own, not normalised. Ties by id.
 *
 * @param candidates in the retriever's order
 */
export function combineScores(
  candidates: readonly ScoredCandidate[],
  options: Required<CombineOptions>,
): RankedChunk[] {
  const { fusion, weight, normalise, rrfK } = options;
  const reranked = candidates
    .map(({ chunk, rerankerScore }) => ({ chunk, score: rerankerScore }))
    .sort(byRank);
  if (usesOwnScores(options)) return reranked;
  const lists = [reranked, candidates.map(({ chunk, retrieverScore }) => ({ chunk, score: retrieverScore }))];
  const weights = [weight, 1 - weight];
  return fusion === 'rrf'
    ? reciprocalRankFusion(lists, { k: rrfK, weights })
    : weightedFusion(lists, { normalise, weights });
}

/** Whether {@link combineScores} leaves the reranker's scores as they are. */
export const usesOwnScores = ({ fusion, weight }: Required<CombineOptions>): boolean =>
  fusion === 'weighted' && weight === 1;
