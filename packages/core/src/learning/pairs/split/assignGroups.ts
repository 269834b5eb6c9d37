import { createHash } from 'node:crypto';
import type { Split } from '../types.ts';
import type { ResolvedSplitOptions } from './splitOptions.ts';

/**
 * A split for every group by the hash of its key: a group stays where it is when others come or go. Where the
 * hashes leave a wanted split empty, the nearest group is moved into it, if there are enough.
 */
export function assignGroups(
  keys: readonly string[],
  { dev, test, seed }: ResolvedSplitOptions,
): Map<string, Split> {
  const placed = [...new Set(keys)].map((key) => ({ key, at: hashedPlace(seed, key) }));
  placed.sort((a, b) => a.at - b.at);
  const testEnd = atLeastOne(placed, test, test > 0 ? 0 : -1, placed.length - 1 - (dev > 0 ? 1 : 0));
  const devEnd = atLeastOne(placed, test + dev, dev > 0 ? testEnd : -1, placed.length - 1);
  return new Map(
    placed.map(({ key }, i) => [key, i < testEnd ? 'test' : i < Math.max(devEnd, testEnd) ? 'dev' : 'train']),
  );
}

/**
 * How many of the groups lie below a place, but more than `above` and at most `most`, as far as both can be had.
 *
 * @param above -1 if none is needed
 */
function atLeastOne(
  placed: readonly { readonly at: number }[],
  below: number,
  above: number,
  most: number,
): number {
  const natural = placed.findIndex(({ at }) => at >= below);
  const count = natural < 0 ? placed.length : natural;
  return Math.max(0, Math.min(Math.max(count, above + 1), most));
}

/** A number in [0, 1) that seed and key decide. */
function hashedPlace(seed: number, key: string): number {
  const digest = createHash('sha256').update(`${seed}\0`).update(key).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}
