import type { TokenizerDefinition } from './definition.ts';
import type { EncodeOptions } from './types.ts';

/** What a worker starts with. */
export interface WorkerStart {
  readonly definition: TokenizerDefinition;
}

export interface WorkerTask {
  readonly task: number;
  readonly texts: readonly string[];
  readonly options: EncodeOptions;
}

/** All sequences of a task one after the other. */
export interface WorkerAnswer {
  readonly task: number;
  readonly ids: Int32Array;
  readonly lengths: Int32Array;
}
