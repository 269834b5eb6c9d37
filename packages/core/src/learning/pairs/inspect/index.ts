export {
  type InspectOptions,
  inspectPairs,
  type LengthSummary,
  type PairProblems,
  type PairsInspection,
} from './inspectPairs.ts';
