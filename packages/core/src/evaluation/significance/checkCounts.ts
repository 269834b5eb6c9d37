import { ConfigError } from '../../base/errors.ts';

/** @throws ConfigError unless every given value is a whole number from 1 */
export function checkCounts(where: string, counts: Readonly<Record<string, number>>): void {
  const problems = Object.entries(counts)
    .filter(([, value]) => !Number.isSafeInteger(value) || value < 1)
    .map(([field, value]) => ({ field, expected: 'a whole number from 1', got: String(value) }));
  if (problems.length > 0) throw new ConfigError(where, problems);
}
