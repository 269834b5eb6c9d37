import { RagwrightError } from '../base/errors.ts';

/**
 * What went wrong: the store was `closed`; a vector has the wrong number of `dimensions`, or is no `vector` that can be
 * compared (zero, NaN, infinite; sparse places out of order; none at all); a `chunk` or an `option` that no store can
 * take; something that this store does not have (`unsupported`); the `backend` refused.
 */
export type StoreErrorReason =
  | 'closed'
  | 'dimensions'
  | 'vector'
  | 'chunk'
  | 'option'
  | 'unsupported'
  | 'backend';

export interface StoreErrorDetails {
  readonly reason: StoreErrorReason;
  /** Which store: `memory`, `lancedb`, `pgvector`. */
  readonly store: string;
  /** The method that was called. */
  readonly op: string;
  readonly expected: string;
  readonly got: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** A knowledge store can't do what was asked. Holds no secrets: passwords of a connection are never in it. */
export class StoreError extends RagwrightError {
  readonly details: StoreErrorDetails;

  constructor(details: StoreErrorDetails, options?: ErrorOptions) {
    const { store, op, expected, got, hint } = details;
    super(
      `${store} store, ${op}: expected ${expected}, got ${got}${hint === undefined ? '' : ` (${hint})`}`,
      options,
    );
    this.details = details;
  }

  get reason(): StoreErrorReason {
    return this.details.reason;
  }
}
