export { cutRun } from './cutRun.ts';
export { type EvaluateRunOptions, evaluateRun, metricMeans, metricResult } from './evaluateRun.ts';
export {
  type MetricKind,
  metricKinds,
  type ParsedMetric,
  parseMetric,
  UnknownMetricError,
} from './metricName.ts';
export { rankDocuments } from './rank.ts';
