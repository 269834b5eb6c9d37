export { compareText } from './compareText.ts';
export { fieldValue, matches } from './matches.ts';
export { parseFilter } from './parse.ts';
export { timestampMs } from './timestamps.ts';
export type { ColumnField, FilterField, FilterNode, Scalar } from './types.ts';
