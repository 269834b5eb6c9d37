import { evaluateRun } from '../metrics/index.ts';
import {
  bootstrapInterval,
  type CompareOptions,
  compareMetrics,
  queryDifferences,
} from '../significance/index.ts';
import type { MetricName, MetricResult, Qrels, Run } from '../types.ts';
import type { StageGain, StageView } from './types.ts';

/** Which stages a stage is compared with, by their place; -1 for none. */
export interface Against {
  readonly previous: number;
  readonly first: number;
  readonly source: number;
}

/** One view of all stages: metrics, intervals, and the gains that each stage brings. */
export function viewsOf(
  runs: readonly Run[],
  against: readonly Against[],
  judgements: Qrels,
  metrics: readonly MetricName[],
  options: CompareOptions & { readonly excludeSameId: boolean },
): StageView[] {
  const results = runs.map((run) => evaluateRun(judgements, run, metrics, options));
  return runs.map((run, i) => {
    const own = results[i] as MetricResult[];
    const known = new Map<number, StageGain[]>();
    const gainsOn = (other: number): StageGain[] | undefined => {
      const base = results[other];
      if (base === undefined) return undefined;
      const gains = known.get(other) ?? gainsOf(base, own, options);
      known.set(other, gains);
      return gains;
    };
    const { previous, first, source } = against[i] as Against;
    const [againstPrevious, againstFirst, againstSource] = [previous, first, source].map(gainsOn);
    return {
      run,
      results: own,
      intervals: own.map(({ perQuery }) => bootstrapInterval([...perQuery.values()], options)),
      ...(againstPrevious && { againstPrevious }),
      ...(againstFirst && { againstFirst }),
      ...(againstSource && { againstSource }),
    };
  });
}

/** Smaller changes are rounding; as in {@link compareMetrics}. */
const rounding = 1e-12;

function gainsOf(
  base: readonly MetricResult[],
  tuned: readonly MetricResult[],
  options: CompareOptions,
): StageGain[] {
  return compareMetrics(base, tuned, options).map((comparison, i) => {
    const changes = queryDifferences(base[i] as MetricResult, tuned[i] as MetricResult);
    return {
      comparison,
      improved: changes.filter(({ change }) => change >= rounding),
      worse: changes.filter(({ change }) => change <= -rounding).reverse(),
    };
  });
}
