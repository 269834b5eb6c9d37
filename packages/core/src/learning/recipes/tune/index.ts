export { defaultModel, type ResolvedTuneSettings, type TuneSettings, tuneSettings } from './settings.ts';
export { type TuneRun, tune } from './tune.ts';
export type { BaseModel, TuneData, TuneOutcome } from './types.ts';
