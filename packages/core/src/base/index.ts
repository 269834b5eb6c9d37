export { flushFolder, writeFileAtomic, writeJsonAtomic } from './atomicFile.ts';
export { removeLeftovers, writeFolderAtomic } from './atomicFolder.ts';
export {
  ConfigError,
  type ConfigProblem,
  DataError,
  type DataErrorDetails,
  RagwrightError,
} from './errors.ts';
export { bytes, compact, count, counted, duration } from './format.ts';
export { sha256, sha256File, stableId } from './hash.ts';
export { abortOnInterrupt } from './interrupt.ts';
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
export {
  forgetEvents,
  type RecordedEvent,
  RunFolderError,
  readRunEvents,
  recordEvents,
  runFiles,
  writeResolvedConfig,
} from './runFolder.ts';
export { maskSecrets, withoutSecrets } from './secrets.ts';
export { parseSettings, settingsProblems, withoutUndefined } from './settings.ts';
