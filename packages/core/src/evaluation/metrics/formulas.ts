import type { MetricKind } from './metricName.ts';

/** What a metric sees of a query. */
export interface RankedGrades {
  /** Grade of each document found, best first; 0 if not judged. */
  readonly grades: readonly number[];
  /** Grades above 0 of all judged documents, largest first. */
  readonly ideal: readonly number[];
}

/** One query's value; `k` ranks count, all of them if it is Infinity. 0 where nothing is relevant. */
type Formula = (ranked: RankedGrades, k: number) => number;

/** trec_eval's: linear gain, discount log2(rank + 1), ideal ranking of all judged documents. `ndcg`, `ndcg_cut`. */
const ndcg: Formula = ({ grades, ideal }, k) => {
  const best = discountedGain(ideal, k);
  return best === 0 ? 0 : discountedGain(grades, k) / best;
};

function discountedGain(grades: readonly number[], k: number): number {
  let gain = 0;
  for (let i = 0; i < grades.length && i < k; i++) {
    const grade = grades[i] as number;
    if (grade > 0) gain += grade / Math.log2(i + 2);
  }
  return gain;
}

/** 1 / rank of the first relevant document: `recip_rank`; 0 if it stands below rank k. */
const mrr: Formula = ({ grades }, k) => {
  const first = grades.findIndex((grade) => grade > 0);
  return first < 0 || first >= k ? 0 : 1 / (first + 1);
};

/** Sum of the precisions at the hits / R: `map`, `map_cut`. Not / min(k, R), as sentence-transformers has it. */
const map: Formula = ({ grades, ideal }, k) => {
  let hits = 0;
  let sum = 0;
  for (let i = 0; i < grades.length && i < k; i++) {
    if ((grades[i] as number) > 0) sum += ++hits / (i + 1);
  }
  return ideal.length === 0 ? 0 : sum / ideal.length;
};

/** Relevant ones among the first k / R: `recall`; without k, among all that were found: `set_recall`. */
const recall: Formula = ({ grades, ideal }, k) =>
  ideal.length === 0 ? 0 : countHits(grades, k) / ideal.length;

/** Relevant ones among the first k / k, also where fewer were found: `P`; without k / number found: `set_P`. */
const precision: Formula = ({ grades }, k) => {
  const among = Number.isFinite(k) ? k : grades.length;
  return among === 0 ? 0 : countHits(grades, k) / among;
};

/** 1 if one of the first k is relevant: `success`. */
const hit: Formula = (ranked, k) => (countHits(ranked.grades, k) > 0 ? 1 : 0);

function countHits(grades: readonly number[], k: number): number {
  let hits = 0;
  for (let i = 0; i < grades.length && i < k; i++) if ((grades[i] as number) > 0) hits++;
  return hits;
}

export const formulas: Readonly<Record<MetricKind, Formula>> = { ndcg, mrr, map, recall, precision, hit };
