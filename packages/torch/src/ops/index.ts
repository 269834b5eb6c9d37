import './methods.generated.ts';

export type { Reduction, Scalar } from './arguments.ts';
export * from './ops.generated.ts';
