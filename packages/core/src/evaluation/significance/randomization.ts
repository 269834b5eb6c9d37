import { SeededRandom } from '../../base/rng.ts';
import { checkCounts } from './checkCounts.ts';

export interface RandomizationOptions {
  /** Random sign patterns; default 10,000. With no more patterns than that in all, every one is counted. */
  readonly permutations?: number;
  /** Default 0. */
  readonly seed?: number;
}

export interface RandomizationTest {
  /** Two-sided. */
  readonly pValue: number;
  /** Every sign pattern was counted; otherwise a sample of them was. */
  readonly exact: boolean;
  /** Sign patterns looked at. */
  readonly permutations: number;
}

/**
 * Paired randomisation test (Fisher; Smucker et al. 2007): if the two systems were the same, each query's
 * difference could as well have the other sign. p is the share of sign patterns whose sum is as far from 0 as the
 * observed one; of a sample (count + 1) / (permutations + 1), which is never 0.
 *
 * @throws ConfigError if `permutations` is no whole number from 1
 */
export function pairedRandomizationTest(
  differences: readonly number[],
  options: RandomizationOptions = {},
): RandomizationTest {
  const { permutations = 10_000, seed = 0 } = options;
  checkCounts('pairedRandomizationTest', { permutations });
  const nonZero = Float64Array.from(differences.filter((difference) => difference !== 0)); // a sign changes no 0
  const patterns = 2 ** nonZero.length;
  if (patterns <= permutations) {
    return { pValue: countExactly(nonZero) / patterns, exact: true, permutations: patterns };
  }
  const count = countSampled(nonZero, permutations, new SeededRandom(seed));
  return { pValue: (count + 1) / (permutations + 1), exact: false, permutations };
}

/** What a sum must reach to be as far out as the observed one; rounding must not lose the observed one itself. */
function threshold(differences: Float64Array): number {
  let sum = 0;
  let size = 0;
  for (const difference of differences) {
    sum += difference;
    size += Math.abs(difference);
  }
  return Math.abs(sum) - size * 1e-12;
}

function countExactly(differences: Float64Array): number {
  let sums = new Float64Array([0]);
  for (const difference of differences) {
    const next = new Float64Array(sums.length * 2);
    for (let i = 0; i < sums.length; i++) {
      next[2 * i] = (sums[i] as number) + difference;
      next[2 * i + 1] = (sums[i] as number) - difference;
    }
    sums = next;
  }
  const least = threshold(differences);
  return sums.reduce((count, sum) => (Math.abs(sum) >= least ? count + 1 : count), 0);
}

/** Eight differences at a time: their 256 signed sums are tabulated, and a random byte picks one. */
function countSampled(differences: Float64Array, permutations: number, random: SeededRandom): number {
  const groups = Math.ceil(differences.length / 8);
  const table = signedSums(differences, groups);
  const least = threshold(differences);
  let count = 0;
  for (let p = 0; p < permutations; p++) {
    let sum = 0;
    for (let g = 0; g < groups; g += 4) {
      let bits = random.uint32();
      for (let h = g; h < groups && h < g + 4; h++) {
        sum += table[h * 256 + (bits & 255)] as number;
        bits >>>= 8;
      }
    }
    if (Math.abs(sum) >= least) count++;
  }
  return count;
}

function signedSums(differences: Float64Array, groups: number): Float64Array {
  const table = new Float64Array(groups * 256);
  for (let g = 0; g < groups; g++) {
    for (let bits = 0; bits < 256; bits++) {
      let sum = 0;
      for (let i = 0; i < 8; i++) {
        const difference = differences[g * 8 + i] ?? 0;
        sum += (bits >> i) & 1 ? difference : -difference;
      }
      table[g * 256 + bits] = sum;
    }
  }
  return table;
}
