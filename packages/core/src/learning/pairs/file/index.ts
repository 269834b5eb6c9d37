export type { PairColumns } from './columns.ts';
export { loadPairs, type ReadPairsOptions, readPairs } from './readPairs.ts';
export { pairToRow, type WritePairsOptions, writePairs } from './writePairs.ts';
