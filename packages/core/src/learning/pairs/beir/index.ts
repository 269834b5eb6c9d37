export { corpusText } from '../../../corpus/beir/index.ts';
export { dataFromPairs, queryIdOf } from './dataFromPairs.ts';
export {
  corpusTexts,
  judgementsOf,
  type PairsFromJudgementsOptions,
  pairsFromJudgements,
} from './pairsFromJudgements.ts';
export { type ReadBeirOptions, readBeir } from './readBeir.ts';
