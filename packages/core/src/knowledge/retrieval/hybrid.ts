import { ConfigError, type ConfigProblem } from '../../base/errors.ts';
import type { RankedChunk, RetrieveOptions, Retriever } from '../types.ts';
import { boosted } from './boosts.ts';
import { type Normalisation, reciprocalRankFusion, weightedFusion } from './fusion.ts';

export interface HybridOptions {
  /** `rrf`: by ranks (default); `weighted`: by normalised scores. */
  readonly fusion?: 'rrf' | 'weighted';
  /** Of `rrf`; default 60 (Cormack et al., 2009). */
  readonly rrfK?: number;
  /** Of `weighted`; default `minmax`. */
  readonly normalise?: Normalisation;
  /** One for each retriever; default 1. */
  readonly weights?: readonly number[];
  /** How many chunks each retriever is asked for; default 50, or 4 k if that is more. */
  readonly depth?: number;
}

/**
 * Several retrievers as one: each is asked for more than wanted, at the same time, and their lists are fused. Boosts are
 * added to the fused scores: by `rrf` of two lists the best possible score is 2 / 61.
 *
 * @throws ConfigError if the options are wrong
 *
 * @example
 * const retriever = hybridRetriever([denseRetriever(store, embedder), bm25Retriever(store)]);
 */
export function hybridRetriever(retrievers: readonly Retriever[], options: HybridOptions = {}): Retriever {
  checkOptions(retrievers, options);
  const fuse = fusionOf(options);
  return {
    async retrieve(queries: readonly string[], wanted: RetrieveOptions): Promise<RankedChunk[][]> {
      const { boosts, ...search } = wanted;
      const depth = Math.max(wanted.k, options.depth ?? Math.max(50, 4 * wanted.k));
      const results = await Promise.all(
        retrievers.map((one) => one.retrieve(queries, { ...search, k: depth })),
      );
      return queries.map((_, query) => {
        const fused = fuse(results.map((lists) => lists[query] ?? []));
        return (boosts === undefined ? fused : boosted(fused, boosts)).slice(0, wanted.k);
      });
    },
  };
}

function fusionOf(options: HybridOptions): (lists: readonly RankedChunk[][]) => RankedChunk[] {
  const { fusion = 'rrf', rrfK = 60, normalise = 'minmax', weights = [] } = options;
  if (fusion === 'rrf') return (lists) => reciprocalRankFusion(lists, { k: rrfK, weights });
  return (lists) => weightedFusion(lists, { normalise, weights });
}

function checkOptions(retrievers: readonly Retriever[], options: HybridOptions): void {
  const { fusion = 'rrf', rrfK = 60, normalise = 'minmax', weights, depth = 1 } = options;
  const problems: ConfigProblem[] = [];
  const check = (right: boolean, field: string, expected: string, got: unknown): void => {
    if (!right) problems.push({ field, expected, got: String(got) });
  };
  check(retrievers.length > 0, 'retrievers', 'at least one', 'none');
  check(fusion === 'rrf' || fusion === 'weighted', 'fusion', 'rrf or weighted', fusion);
  check(rrfK >= 0 && Number.isFinite(rrfK), 'rrfK', '≥ 0', rrfK);
  check(normalise === 'minmax' || normalise === 'zscore', 'normalise', 'minmax or zscore', normalise);
  check(Number.isSafeInteger(depth) && depth > 0, 'depth', 'a whole number above zero', depth);
  if (weights !== undefined) {
    const right =
      weights.length === retrievers.length && weights.every((weight) => weight >= 0 && weight < 1e9);
    check(right, 'weights', `${retrievers.length} numbers ≥ 0`, weights.join(', '));
  }
  if (problems.length > 0) throw new ConfigError('hybrid retriever options', problems);
}
