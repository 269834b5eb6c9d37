import { ConfigError, type ConfigProblem } from '../../base/errors.ts';
import { SeededRandom } from '../../base/rng.ts';

export interface SamplerOptions {
  /** Rows in a batch: what the loss sees. */
  readonly batchSize: number;
  /** Default 0. */
  readonly seed?: number;
  /** Leave out batches that are not full; default false. */
  readonly dropLast?: boolean;
  /** Leave out batches with fewer rows, from which a loss would learn nothing; default 1. */
  readonly minRows?: number;
}

/** @throws ConfigError that lists every option that is wrong */
export function checkedSamplerOptions(
  name: string,
  { batchSize, seed = 0, dropLast = false, minRows = 1 }: SamplerOptions,
) {
  const problems: ConfigProblem[] = [];
  const whole = (field: string, value: number, least: number) => {
    if (Number.isInteger(value) && value >= least) return;
    problems.push({ field, expected: `a whole number of at least ${least}`, got: String(value) });
  };
  whole('batchSize', batchSize, 1);
  whole('minRows', minRows, 1);
  if (!Number.isInteger(seed))
    problems.push({ field: 'seed', expected: 'a whole number', got: String(seed) });
  if (minRows > batchSize) {
    problems.push({
      field: 'batchSize',
      expected: `at least ${minRows}, as minRows`,
      got: String(batchSize),
    });
  }
  if (problems.length > 0) throw new ConfigError(name, problems);
  return { batchSize, seed, least: dropLast ? batchSize : minRows };
}

/** The random numbers of one epoch: the same for the same seed and epoch. */
export function randomOf(seed: number, epoch: number): SeededRandom {
  const mixed = Math.imul(seed, 0x9e3779b1) ^ Math.imul(epoch + 1, 0x85ebca6b);
  return new SeededRandom(mixed >>> 0);
}
