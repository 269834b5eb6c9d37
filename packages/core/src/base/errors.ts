/** One thing that is wrong in a config file, an options object or a data file. */
export interface ConfigProblem {
  /** The key, dotted if nested; '' for the file as a whole. */
  readonly field: string;
  readonly expected: string;
  readonly got: string;
}

const marker = Symbol.for('ragwright.error');

/** Base of every error that this package throws on purpose. `isInstance` also knows those of another copy of the package. */
export class RagwrightError extends Error {
  readonly [marker] = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }

  static isInstance(error: unknown): error is RagwrightError {
    return error instanceof Error && marker in error;
  }
}

/** A config file, or an options object, that cannot be used; lists everything that is wrong with it. */
export class ConfigError extends RagwrightError {
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[], options?: ErrorOptions) {
    const lines = problems.map(({ field, expected, got }) => {
      const place = field === '' ? '' : `${field}: `;
      return `\n  ${place}expected ${expected}, got ${got}`;
    });
    super(`${file}:${lines.join('')}`, options);
    this.file = file;
    this.problems = problems;
  }
}

export interface DataErrorDetails {
  readonly file: string;
  /** Counted from 1. */
  readonly line?: number;
  /** Column or key. */
  readonly field?: string;
  readonly expected: string;
  readonly got: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** Data that cannot be read or used: which file, line and field, what was expected, what came, what to do. */
export class DataError extends RagwrightError {
  readonly details: DataErrorDetails;

  constructor(details: DataErrorDetails, options?: ErrorOptions) {
    const { file, line, field, expected, got, hint } = details;
    const place = `${file}${line === undefined ? '' : `:${line}`}${field === undefined ? '' : `, ${field}`}`;
    super(`${place}: expected ${expected}, got ${got}${hint === undefined ? '' : ` (${hint})`}`, options);
    this.details = details;
  }
}
