export { type BeirFolder, findBeirFolders } from './findBeirFolders.ts';
export { beirBm25, type FirstStage } from './firstStage.ts';
export { type OpenBeirOptions, openBeir } from './openBeir.ts';
export { type RerankRunOptions, type RunTexts, rerankRun } from './rerankRun.ts';
export { type BenchmarkTask, type GivenRun, runBenchmark } from './runBenchmark.ts';
export { type BenchmarkSettings, benchmarkMetrics } from './settings.ts';
export { meanOverSets, SummaryError } from './summary.ts';
export type { BenchmarkData, BenchmarkResult, BenchmarkStage } from './types.ts';
