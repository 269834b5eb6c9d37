import { RagwrightError } from '../../base/errors.ts';
import type { FailedSource } from './types.ts';

/** A model cannot be had: lists every source that was tried, and why it failed. */
export class ModelSourceError extends RagwrightError {
  readonly attempts: readonly FailedSource[];

  constructor(attempts: readonly FailedSource[], options?: ErrorOptions) {
    const lines = attempts.map(({ source, reason }) => `\n  ${source}: ${reason}`);
    super(`the model cannot be had; tried${lines.join('')}`, options);
    this.attempts = attempts;
  }
}
