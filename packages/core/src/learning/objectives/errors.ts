import { RagwrightError } from '../../base/errors.ts';

export interface ObjectiveErrorDetails {
  /** Name of the loss, or of the step that called it. */
  readonly objective: string;
  /** Index of the row in the training set, where one row is at fault. */
  readonly row?: number;
  /** Place of the document in its list, where one is at fault. */
  readonly document?: number;
  /** Field of the training row: `negatives`, `scores` … */
  readonly field?: string;
  readonly expected: string;
  readonly got: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** A batch from which this loss can learn nothing, or a row without what the loss needs. */
export class ObjectiveError extends RagwrightError {
  readonly details: ObjectiveErrorDetails;

  constructor(details: ObjectiveErrorDetails, options?: ErrorOptions) {
    const { objective, row, document, field, expected, got, hint } = details;
    const place = [
      row === undefined ? '' : `row ${row}`,
      document === undefined ? '' : `document ${document}`,
      field ?? '',
    ]
      .filter((part) => part !== '')
      .join(', ');
    const where = place === '' ? objective : `${objective}: ${place}`;
    super(`${where}: expected ${expected}, got ${got}${hint === undefined ? '' : ` (${hint})`}`, options);
    this.details = details;
  }
}
