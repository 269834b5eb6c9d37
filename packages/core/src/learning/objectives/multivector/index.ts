export { type MultiVectorDistillKlOptions, multiVectorDistillKl } from './distillKl.ts';
export {
  type MultiVectorForward,
  type MultiVectorStep,
  multiVectorForwardBackward,
} from './forwardBackward.ts';
export { type MultiVectorMarginMseOptions, multiVectorMarginMse } from './marginMse.ts';
export { maxSimMatrix, maxSimPairs } from './maxSim.ts';
export { type MultiVectorNegativesRankingOptions, multiVectorNegativesRanking } from './negativesRanking.ts';
export type { MultiVectorObjective } from './types.ts';
