import { RagwrightError } from '@ragwright/core/base';

/** The command line cannot be understood; ends with exit code 2. */
export class UsageError extends RagwrightError {
  /** What to do, one line. */
  readonly advice: string | undefined;

  constructor(message: string, advice?: string) {
    super(message);
    this.advice = advice;
  }
}

/** A command cannot do what was asked, and the message says why; ends with exit code 1. */
export class CommandError extends RagwrightError {
  readonly advice: string | undefined;

  constructor(message: string, advice?: string, options?: ErrorOptions) {
    super(message, options);
    this.advice = advice;
  }
}
