import { ConfigError } from '../../base/errors.ts';
import { combineScores, type ScoredCandidate, scoreAll } from '../../knowledge/reranking/index.ts';
import { rankDocuments as documentsOf, type Normalisation } from '../../knowledge/retrieval/index.ts';
import { searchableText } from '../../knowledge/terms/index.ts';
import type { Reranker, RetrieveOptions, Retriever } from '../../knowledge/types.ts';
import { evaluateRun } from '../metrics/index.ts';
import type { MetricName, Qrels } from '../types.ts';

/** Query id → its candidates in the retriever's order, with both scores. */
export type ScoredCandidates = ReadonlyMap<string, readonly ScoredCandidate[]>;

export interface FusionWeightTask {
  /** Of dev queries: the weight is fitted to them. See {@link scoreCandidates}. */
  readonly candidates: ScoredCandidates;
  /** Of the same dev queries. */
  readonly judgements: Qrels;
  /** Default `ndcg@10`. */
  readonly metric?: MetricName;
  /** As it will be served; default `weighted`. */
  readonly fusion?: 'weighted' | 'rrf';
  /** As it will be served; default `minmax`. */
  readonly normalise?: Normalisation;
  /** As it will be served; default 60. */
  readonly rrfK?: number;
  /** Weights to try; default 0, 0.05 … 1. */
  readonly grid?: readonly number[];
}

export interface FusionWeight {
  /** For `weight` of the reranking retriever: 1 is the reranker alone, 0 the retriever alone. */
  readonly weight: number;
  readonly metric: MetricName;
  /** Mean of the metric with that weight, on dev. */
  readonly value: number;
  /** The whole grid, ascending. */
  readonly curve: readonly { readonly weight: number; readonly value: number }[];
}

const defaultGrid = Array.from({ length: 21 }, (_, i) => i / 20);

/**
 * The part of the reranker's score in the sum of both that ranks dev queries best. Where weights are equally good, the
 * one nearest to 1, which leans on the retriever least. It sees what it is given and nothing else: give it no test
 * queries, or the test says nothing any more.
 *
 * @throws ConfigError if the grid is empty or a weight is not within 0 and 1; UnknownMetricError
 */
export function chooseFusionWeight(task: FusionWeightTask): FusionWeight {
  const { candidates, judgements, metric = 'ndcg@10' } = task;
  const { fusion = 'weighted', normalise = 'minmax', rrfK = 60, grid = defaultGrid } = task;
  checkGrid(grid);
  const curve = [...grid]
    .sort((a, b) => a - b)
    .map((weight) => {
      const options = { weight, fusion, normalise, rrfK };
      const run = new Map(
        [...candidates].map(([query, list]) => {
          const documents = documentsOf(combineScores(list, options));
          return [query, new Map(documents.map(({ documentId, score }) => [documentId, score]))];
        }),
      );
      return { weight, value: evaluateRun(judgements, run, [metric])[0]?.mean ?? 0 };
    });
  const best = curve.reduce((a, b) => (b.value >= a.value ? b : a));
  return { ...best, metric, curve };
}

function checkGrid(grid: readonly number[]): void {
  const problems = grid.flatMap((weight, i) =>
    weight >= 0 && weight <= 1
      ? []
      : [{ field: `grid.${i}`, expected: 'a number from 0 to 1', got: String(weight) }],
  );
  if (grid.length === 0) problems.push({ field: 'grid', expected: 'at least one weight', got: 'none' });
  if (problems.length > 0) throw new ConfigError('chooseFusionWeight', problems);
}

export interface ScoreCandidatesTask {
  /** Text by query id. */
  readonly queries: ReadonlyMap<string, string>;
  readonly retriever: Retriever;
  readonly reranker: Reranker;
  /** Chunks of a query; as many as will be reranked, for scores are normalised over them. */
  readonly candidates: number;
  readonly retrieve?: Pick<RetrieveOptions, 'filter' | 'boosts'>;
  readonly excludeSameId?: boolean;
  readonly signal?: AbortSignal;
}

/** Retrieves and scores the candidates of queries, in one call each. For {@link chooseFusionWeight}, and for calibration. */
export async function scoreCandidates(task: ScoreCandidatesTask): Promise<ScoredCandidates> {
  const { queries, retriever, reranker, candidates, retrieve = {}, excludeSameId = false, signal } = task;
  const stop = signal ? { signal } : {};
  const all = [...queries];
  const k = excludeSameId ? candidates + 1 : candidates;
  const found = await retriever.retrieve(
    all.map(([, text]) => text),
    { ...retrieve, ...stop, k },
  );
  const lists = all.map(([id], i) =>
    (found[i] ?? []).filter(({ chunk }) => !(excludeSameId && chunk.documentId === id)).slice(0, candidates),
  );
  const requests = all.map(([, query], i) => ({
    query,
    passages: (lists[i] ?? []).map(({ chunk }) => searchableText(chunk)),
  }));
  const scores = await scoreAll(reranker, requests, stop);
  return new Map(
    all.map(([id], i) => [
      id,
      (lists[i] ?? []).map(({ chunk, score }, j) => {
        return { chunk, retrieverScore: score, rerankerScore: scores[i]?.[j] as number };
      }),
    ]),
  );
}
