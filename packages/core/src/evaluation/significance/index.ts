export {
  type BootstrapOptions,
  bootstrapInterval,
  bootstrapMeans,
  type Interval,
  percentileInterval,
  quantile,
} from './bootstrap.ts';
export { type QueryDifference, queryDifferences } from './changes.ts';
export {
  type CompareOptions,
  ComparisonError,
  compareMetric,
  compareMetrics,
  compareRuns,
} from './compare.ts';
export {
  pairedRandomizationTest,
  type RandomizationOptions,
  type RandomizationTest,
} from './randomization.ts';
