import { ConfigError, type ConfigProblem } from '../../../base/errors.ts';

/** Problems that are named before the rest is left unsaid. */
const most = 20;

/** A list of numbers and what each of them has to be. */
export interface Checked {
  readonly values: ArrayLike<number>;
  readonly expected: string;
  readonly right: (value: number) => boolean;
}

export const scoresOf = (values: ArrayLike<number>): Checked => ({
  values,
  expected: 'a finite number',
  right: Number.isFinite,
});

export const sharesOf = (values: ArrayLike<number>): Checked => ({
  values,
  expected: 'a number from 0 to 1',
  right: (value) => value >= 0 && value <= 1,
});

export const weightsOf = (values: ArrayLike<number>): Checked => ({
  values,
  expected: 'a finite number above 0',
  right: (value) => value > 0 && Number.isFinite(value),
});

/**
 * Lists of which each has one entry per observation.
 *
 * @param where the function that wants them
 * @throws ConfigError if there are none, lengths differ, or entries are wrong
 */
export function checkObservations(where: string, lists: Readonly<Record<string, Checked>>): void {
  const problems: ConfigProblem[] = [];
  const [[first, { values: leading }]] = Object.entries(lists) as [[string, Checked]];
  if (leading.length === 0) problems.push({ field: first, expected: 'at least one', got: 'none' });
  for (const [name, { values, expected, right }] of Object.entries(lists)) {
    if (values.length !== leading.length) {
      const wanted = `as many as ${first}, ${leading.length}`;
      problems.push({ field: name, expected: wanted, got: String(values.length) });
    }
    for (let i = 0; i < values.length && problems.length < most; i++) {
      const value = values[i] as number;
      if (!right(value)) problems.push({ field: `${name}.${i}`, expected, got: String(value) });
    }
  }
  if (problems.length > 0) throw new ConfigError(where, problems);
}
