import type { Ruler } from './types.ts';

/** A text as small pieces with their sizes, in order and without overlap. */
export interface Atoms {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Size of all pieces before each; one longer than the others. */
  readonly totals: Int32Array;
}

/** Adds up atoms. Not exact where a tokenizer counts a whole otherwise than its parts, so `measure` asks it. */
export function atomRuler(
  text: string,
  { starts, ends, totals }: Atoms,
  count: (text: string) => number,
): Ruler {
  const atoms = starts.length;
  return {
    isExact: false,
    reach(start, limit, budget) {
      const first = firstAbove(ends, start, 0, atoms);
      const allowed = (totals[first] as number) + budget;
      // The last atom boundary whose total is allowed.
      const last = firstAbove(totals, allowed, first, atoms + 1) - 1;
      return last >= atoms ? limit : Math.min(limit, Math.max(start, starts[last] as number));
    },
    back(end, limit, budget) {
      const last = firstAbove(starts, end - 1, 0, atoms);
      const needed = (totals[last] as number) - budget;
      const first = firstAbove(totals, needed - 1, 0, atoms);
      return first >= last ? end : Math.min(end, Math.max(limit, starts[first] as number));
    },
    measure: (start, end) => count(text.slice(start, end)),
  };
}

/** Index of the first value above `bound` in a list that does not decrease, within [from, to). */
export function firstAbove(values: ArrayLike<number>, bound: number, from: number, to: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] as number) > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}
