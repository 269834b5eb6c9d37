export { readTrecQrels, writeTrecQrels } from './qrels.ts';
export { readTrecRun, writeTrecRun } from './run.ts';
