export { applyCalibration } from './apply.ts';
export { fitIsotonic, type IsotonicOptions } from './fitIsotonic.ts';
export { fitTemperature, type TemperatureOptions } from './fitTemperature.ts';
export { brierScore, expectedCalibrationError } from './measures.ts';
export { calibrationSchema } from './schema.ts';
export type { Calibration, IsotonicCalibration, ScoreScale, TemperatureCalibration } from './types.ts';
