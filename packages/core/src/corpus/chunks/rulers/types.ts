/** Measures stretches of one text. Positions are UTF-16 units. */
export interface Ruler {
  /** Whether `reach` and `back` are exact; if not, `measure` has the last word. */
  readonly isExact: boolean;
  /** The furthest end ≤ `limit` such that [start, end) measures at most `budget`; `start` if nothing does. */
  reach(start: number, limit: number, budget: number): number;
  /** The earliest start ≥ `limit` such that [start, end) measures at most `budget`; `end` if nothing does. */
  back(end: number, limit: number, budget: number): number;
  measure(start: number, end: number): number;
}
