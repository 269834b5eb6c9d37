export {
  applyCalibration,
  brierScore,
  type Calibration,
  calibrationSchema,
  expectedCalibrationError,
  fitIsotonic,
  fitTemperature,
  type IsotonicCalibration,
  type IsotonicOptions,
  type ScoreScale,
  type TemperatureCalibration,
  type TemperatureOptions,
} from './calibration/index.ts';
export { combineScores, type ScoredCandidate } from './combine.ts';
export { RerankerError } from './errors.ts';
export { type CombineOptions, defaultCandidates, type RerankingOptions, rerankingSchema } from './options.ts';
export { rerankingRetriever } from './rerankingRetriever.ts';
export { scoreAll } from './scoreWithin.ts';
