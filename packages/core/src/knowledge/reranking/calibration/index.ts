export { applyCalibration } from './apply.ts';
export { calibrationSchema } from './schema.ts';
export type { Calibration, IsotonicCalibration, ScoreScale, TemperatureCalibration } from './types.ts';
