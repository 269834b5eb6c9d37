import { RagwrightError } from '../../base/errors.ts';

export interface BatchErrorDetails {
  /** Index of the row in the training set. */
  readonly row?: number;
  /** Field of the training row: `query`, `positive`, `negatives` … */
  readonly field?: string;
  readonly expected: string;
  readonly got: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** Training rows that cannot be made into a batch. */
export class BatchError extends RagwrightError {
  readonly details: BatchErrorDetails;

  constructor(details: BatchErrorDetails, options?: ErrorOptions) {
    const { row, field, expected, got, hint } = details;
    const place = [row === undefined ? '' : `row ${row}`, field ?? '']
      .filter((part) => part !== '')
      .join(', ');
    const where = place === '' ? 'batch' : place;
    super(`${where}: expected ${expected}, got ${got}${hint === undefined ? '' : ` (${hint})`}`, options);
    this.details = details;
  }
}
