export { keep } from './keep.ts';
export { memory } from './memory.ts';
export { scope, scopeAsync } from './scope.ts';
export { heldTensors } from './survivors.ts';
