import type { Ruler } from './types.ts';

/** Counts UTF-16 units. */
export const charactersRuler: Ruler = {
  isExact: true,
  reach: (start, limit, budget) => Math.min(limit, start + budget),
  back: (end, limit, budget) => Math.max(limit, end - budget),
  measure: (start, end) => end - start,
};
