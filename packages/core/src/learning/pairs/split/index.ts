export { findLeaks, type Leak } from './findLeaks.ts';
export { type GroupOptions, splitByGroup } from './splitByGroup.ts';
export type { SplitOptions } from './splitOptions.ts';
export { type SplitDataOptions, splitRetrievalData } from './splitRetrievalData.ts';
