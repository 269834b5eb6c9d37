export { manualSeed, rngState, setRngState } from './rng.ts';
