export { maxSim } from './maxSim.ts';
export { sparseDot } from './sparseDot.ts';
