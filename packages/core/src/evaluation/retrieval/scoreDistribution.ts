import { cosine } from '../../models/search/index.ts';
import type { Qrels, Run } from '../types.ts';
import type { Vectors } from './exactRun.ts';

/** Similarities of queries to what is relevant to them, and to what only looks so. */
export interface ScoreDistribution {
  /** One per judged relevant document. */
  readonly positives: number[];
  /** The best documents that are not relevant, by query. */
  readonly negatives: number[];
}

export interface ScoreDistributionOptions {
  /** Best documents that aren't relevant, per query; default 1. */
  readonly negativesPerQuery?: number;
  /**
   * Vectors of queries and documents: positives that the run does not hold are scored by cosine then. Without
   * them, they are left out.
   */
  readonly vectors?: { readonly queries: Vectors; readonly documents: Vectors };
}

/** Scores of the positives and of the hardest negatives in a run, over all judged queries. */
export function scoreDistribution(
  qrels: Qrels,
  run: Run,
  options: ScoreDistributionOptions = {},
): ScoreDistribution {
  const { negativesPerQuery = 1, vectors } = options;
  const positives: number[] = [];
  const negatives: number[] = [];
  for (const [query, judged] of qrels) {
    const found = run.get(query) ?? new Map<string, number>();
    const queryVector = vectors?.queries.get(query);
    for (const [document, grade] of judged) {
      if (grade <= 0) continue;
      const vector = queryVector && vectors?.documents.get(document);
      const score = found.get(document) ?? (queryVector && vector ? cosine(queryVector, vector) : undefined);
      if (score !== undefined) positives.push(score);
    }
    negatives.push(...hardest(found, judged, negativesPerQuery));
  }
  return { positives, negatives };
}

function hardest(
  found: ReadonlyMap<string, number>,
  judged: ReadonlyMap<string, number>,
  count: number,
): number[] {
  const others = [...found].filter(([id]) => (judged.get(id) ?? 0) <= 0).map(([, score]) => score);
  return others.sort((a, b) => b - a).slice(0, count);
}
