import type { Run } from '../types.ts';
import { rankDocuments } from './rank.ts';

/** A run with the k best documents of each query. */
export const cutRun = (run: Run, k: number): Run =>
  new Map(
    [...run].map(([query, scores]) => {
      if (scores.size <= k) return [query, scores];
      const best = rankDocuments(scores).slice(0, k);
      return [query, new Map(best.map((id) => [id, scores.get(id) as number]))];
    }),
  );
