export { collectHistory } from './history.ts';
export { renderModelCard } from './modelCard.ts';
export { renderReport } from './renderReport.ts';
export { histogram, type PairScores, scoreHistograms } from './scoreHistograms.ts';
export type {
  Cost,
  DataSummary,
  EvaluationPoint,
  Histogram,
  ModelSummary,
  Passage,
  QueryChange,
  QueryChanges,
  QueryResult,
  ReportData,
  RunHistory,
  ScoreDistributions,
  ScorePair,
  SplitSummary,
  StagePoint,
  StageReport,
  StepPoint,
  Verdict,
} from './types.ts';
export { decide } from './verdict.ts';
export { writeReport } from './writeReport.ts';
