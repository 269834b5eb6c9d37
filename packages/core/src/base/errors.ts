/** One thing that is wrong in a config file. */
export interface ConfigProblem {
  /** The key, dotted if nested; '' for the file as a whole. */
  readonly field: string;
  readonly expected: string;
  readonly got: string;
}

/** A config file that cannot be used; lists everything that is wrong with it. */
export class ConfigError extends Error {
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[], options?: ErrorOptions) {
    const lines = problems.map(({ field, expected, got }) => {
      const place = field === '' ? '' : `${field}: `;
      return `\n  ${place}expected ${expected}, got ${got}`;
    });
    super(`${file}:${lines.join('')}`, options);
    this.name = 'ConfigError';
    this.file = file;
    this.problems = problems;
  }
}
