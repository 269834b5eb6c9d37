export {
  type PipelineDescription,
  pipelineFile,
  type RerankerDescription,
  readPipeline,
  writePipeline,
} from './pipelineFile.ts';
export type { RerankerFindings } from './rerankerStage.ts';
export { defaultModel, type ResolvedTuneSettings, type TuneSettings, tuneSettings } from './settings.ts';
export { type TuneRun, tune } from './tune.ts';
export type { BaseModel, RerankerOutcome, TuneData, TuneOutcome } from './types.ts';
