export { dataFromPairs, queryIdOf } from './dataFromPairs.ts';
export {
  corpusText,
  corpusTexts,
  judgementsOf,
  type PairsFromJudgementsOptions,
  pairsFromJudgements,
} from './pairsFromJudgements.ts';
export { type ReadBeirOptions, readBeir } from './readBeir.ts';
