import { ConfigError, type ConfigProblem } from '../../../base/errors.ts';
import type { Split } from '../types.ts';

export interface SplitOptions {
  /** Share of the groups that becomes dev; default 0.1. */
  readonly dev?: number;
  /** Share of the groups that becomes test; default 0.2. */
  readonly test?: number;
  /** Other seeds, other splits; default 0. */
  readonly seed?: number;
  /** Join groups that hold nearly the same text (see nearDuplicateGroups); default 0.8; false: don't look. */
  readonly nearDuplicates?: number | false;
}

export interface ResolvedSplitOptions {
  readonly dev: number;
  readonly test: number;
  readonly seed: number;
  readonly nearDuplicates: number | false;
}

/** @throws ConfigError if the shares are not within [0, 1) together */
export function resolveSplitOptions(options: SplitOptions): ResolvedSplitOptions {
  const { dev = 0.1, test = 0.2, seed = 0, nearDuplicates = 0.8 } = options;
  const problems: ConfigProblem[] = [];
  for (const [field, value] of Object.entries({ dev, test })) {
    if (!(value >= 0 && value < 1))
      problems.push({ field, expected: 'a share in [0, 1)', got: String(value) });
  }
  if (problems.length === 0 && dev + test >= 1)
    problems.push({ field: 'dev + test', expected: 'less than 1', got: String(dev + test) });
  if (nearDuplicates !== false && !(nearDuplicates > 0 && nearDuplicates <= 1)) {
    const expected = 'a similarity in (0, 1] or false';
    problems.push({ field: 'nearDuplicates', expected, got: String(nearDuplicates) });
  }
  if (problems.length > 0) throw new ConfigError('split options', problems);
  return { dev, test, seed, nearDuplicates };
}

export const splits: readonly Split[] = ['train', 'dev', 'test'];
