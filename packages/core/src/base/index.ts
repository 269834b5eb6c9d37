export { flushFolder, writeFileAtomic, writeJsonAtomic } from './atomicFile.ts';
export {
  ConfigError,
  type ConfigProblem,
  DataError,
  type DataErrorDetails,
  RagwrightError,
} from './errors.ts';
export { sha256, sha256File, stableId } from './hash.ts';
export { type JsonLine, readJsonLines } from './jsonLines.ts';
export type {
  CheckpointEvent,
  EvaluationEvent,
  NoticeEvent,
  ProgressEvent,
  RunEvent,
  StageEvent,
  TrainingStepEvent,
} from './progress.ts';
export { type RandomState, SeededRandom } from './rng.ts';
