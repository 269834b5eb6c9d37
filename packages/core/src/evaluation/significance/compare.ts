import { RagwrightError } from '../../base/errors.ts';
import { type EvaluateRunOptions, evaluateRun } from '../metrics/index.ts';
import type { Comparison, MetricName, MetricResult, Qrels, Run } from '../types.ts';
import { type BootstrapOptions, bootstrapMeans, percentileInterval } from './bootstrap.ts';
import { checkCounts } from './checkCounts.ts';
import { pairedRandomizationTest, type RandomizationOptions } from './randomization.ts';

export interface CompareOptions extends RandomizationOptions, BootstrapOptions {}

/** Two results that are not of the same metric on the same queries. */
export class ComparisonError extends RagwrightError {}

/**
 * Two systems by one metric: paired randomisation test, bootstrap intervals of both means and of the difference.
 *
 * @throws ComparisonError if metric or queries differ, or there are no queries
 */
export function compareMetric(
  base: MetricResult,
  tuned: MetricResult,
  options: CompareOptions = {},
): Comparison {
  return compareMetrics([base], [tuned], options)[0] as Comparison;
}

/** Evaluates two runs and compares them metric by metric. @throws ComparisonError, UnknownMetricError */
export function compareRuns(
  qrels: Qrels,
  base: Run,
  tuned: Run,
  metrics: readonly MetricName[],
  options: CompareOptions & EvaluateRunOptions = {},
): Comparison[] {
  const results = [base, tuned].map((run) => evaluateRun(qrels, run, metrics, options));
  return compareMetrics(results[0] as MetricResult[], results[1] as MetricResult[], options);
}

/** As {@link compareMetric}, for all metrics of an evaluation on the same resamples. @throws ComparisonError, ConfigError */
export function compareMetrics(
  base: readonly MetricResult[],
  tuned: readonly MetricResult[],
  options: CompareOptions = {},
): Comparison[] {
  checkCounts('comparison', {
    resamples: options.resamples ?? 1,
    permutations: options.permutations ?? 1,
  });
  if (base.length !== tuned.length)
    throw new ComparisonError(`${base.length} metrics of the base model, ${tuned.length} of the tuned one`);
  const pairs = base.map((result, i) => pairUp(result, tuned[i] as MetricResult));
  const rows = pairs[0]?.base.length;
  const unlike = pairs.find((pair) => pair.base.length !== rows);
  if (unlike)
    throw new ComparisonError(`${unlike.metric} was measured on other queries than ${pairs[0]?.metric}`);
  const means = bootstrapMeans(
    pairs.flatMap((pair) => [pair.base, pair.tuned]),
    options,
  );
  return pairs.map((pair, i) =>
    summarize(pair, means[2 * i] as Float64Array, means[2 * i + 1] as Float64Array, options),
  );
}

/** Both systems' values, in the same order of queries. */
interface PairedValues {
  readonly metric: MetricName;
  readonly base: Float64Array;
  readonly tuned: Float64Array;
}

function pairUp(base: MetricResult, tuned: MetricResult): PairedValues {
  if (base.name !== tuned.name)
    throw new ComparisonError(`${base.name} cannot be compared with ${tuned.name}`);
  if (base.perQuery.size === 0) throw new ComparisonError(`${base.name}: there are no judged queries`);
  const missing = [...base.perQuery.keys()].find((query) => !tuned.perQuery.has(query));
  if (missing !== undefined || base.perQuery.size !== tuned.perQuery.size) {
    const which = missing === undefined ? '' : `; query ${JSON.stringify(missing)} is missing`;
    const sizes = `${base.perQuery.size} of the base model, ${tuned.perQuery.size} of the tuned one`;
    throw new ComparisonError(`${base.name}: the queries differ (${sizes}${which})`);
  }
  const queries = [...base.perQuery.keys()];
  const values = (result: MetricResult) =>
    Float64Array.from(queries, (query) => result.perQuery.get(query) as number);
  return { metric: base.name, base: values(base), tuned: values(tuned) };
}

/** Sums over queries in different orders may differ by this much without meaning anything. */
const rounding = 1e-12;

function summarize(
  pair: PairedValues,
  baseMeans: Float64Array,
  tunedMeans: Float64Array,
  options: CompareOptions,
): Comparison {
  const differences = Array.from(pair.tuned, (value, i) => {
    const difference = value - (pair.base[i] as number);
    return Math.abs(difference) < rounding ? 0 : difference;
  });
  const mean = (values: ArrayLike<number>) =>
    Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
  const improved = differences.filter((difference) => difference > 0).length;
  const worse = differences.filter((difference) => difference < 0).length;
  return {
    metric: pair.metric,
    base: mean(pair.base),
    tuned: mean(pair.tuned),
    difference: mean(differences),
    interval: percentileInterval(tunedMeans.map((value, i) => value - (baseMeans[i] as number))),
    pValue: pairedRandomizationTest(differences, options).pValue,
    queries: differences.length,
    improved,
    worse,
    unchanged: differences.length - improved - worse,
    baseInterval: percentileInterval(baseMeans),
    tunedInterval: percentileInterval(tunedMeans),
  };
}
