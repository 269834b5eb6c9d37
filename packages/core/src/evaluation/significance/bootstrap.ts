import { SeededRandom } from '../../base/rng.ts';
import { checkCounts } from './checkCounts.ts';

export interface BootstrapOptions {
  /** Resamples; default 10,000. */
  readonly resamples?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** Lower and upper end. */
export type Interval = readonly [number, number];

/**
 * Means of each column over the same resamples of the rows (with replacement), so that differences of columns are
 * those of paired rows.
 *
 * @param columns all of the same length
 * @returns per column the mean of every resample; NaN without rows
 * @throws ConfigError if `resamples` is no whole number from 1
 */
export function bootstrapMeans(
  columns: readonly Float64Array[],
  options: BootstrapOptions = {},
): Float64Array[] {
  const { resamples = 10_000, seed = 0 } = options;
  checkCounts('bootstrap', { resamples });
  const rows = columns[0]?.length ?? 0;
  const draw = rowDrawer(seed);
  const means = columns.map(() => new Float64Array(resamples));
  const drawn = new Uint32Array(rows);
  for (let r = 0; r < resamples; r++) {
    draw(drawn);
    columns.forEach((column, c) => {
      let sum = 0;
      for (let i = 0; i < rows; i++) sum += column[drawn[i] as number] as number;
      (means[c] as Float64Array)[r] = sum / rows;
    });
  }
  return means;
}

/**
 * Fills an array with random places in it. The numbers are {@link SeededRandom}'s (xoshiro128**), its state in local
 * variables: that is five times as fast.
 */
function rowDrawer(seed: number): (drawn: Uint32Array) => void {
  let [a, b, c, d] = new SeededRandom(seed).state;
  return (drawn) => {
    const rows = drawn.length;
    for (let i = 0; i < rows; i++) {
      const scrambled = Math.imul(b, 5);
      const random = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
      // Multiplying instead of rejecting: the bias is below rows / 2³².
      drawn[i] = (random * rows) / 4294967296;
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
    }
  };
}

/** The middle 95 % of values (percentile interval). NaN without values. */
export function percentileInterval(values: Float64Array): Interval {
  const sorted = values.slice().sort();
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)];
}

/** Of ascending values, with linear interpolation, as numpy's. NaN without values. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const place = q * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (high - low) * (place - Math.floor(place));
}

/** 95 % percentile interval of the mean. */
export function bootstrapInterval(values: readonly number[], options: BootstrapOptions = {}): Interval {
  const [means] = bootstrapMeans([Float64Array.from(values)], options);
  return percentileInterval(means as Float64Array);
}
