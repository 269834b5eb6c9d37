import { nearDuplicateGroups, UnionFind } from '../duplicates/index.ts';
import type { Split } from '../types.ts';
import { assignGroups } from './assignGroups.ts';
import { resolveSplitOptions, type SplitOptions } from './splitOptions.ts';

export interface GroupOptions<T> extends SplitOptions {
  /** What must stay together: a document's id, or a metadata field. Several keys join their groups. */
  readonly groupOf: (item: T) => string | readonly string[];
  /** Text of an item, for joining groups that hold near-duplicates; absent: texts are not compared. */
  readonly textOf?: (item: T) => string;
}

/**
 * Splits items so that no group, and no two groups with nearly the same text, are in two splits. Every item goes
 * somewhere; shares are of groups.
 *
 * @throws ConfigError if the shares make no sense
 */
export function splitByGroup<T>(items: readonly T[], options: GroupOptions<T>): Record<Split, T[]> {
  const resolved = resolveSplitOptions(options);
  const numbers = new Map<string, number>();
  const numberOf = (key: string): number => {
    const known = numbers.get(key) ?? numbers.size;
    numbers.set(key, known);
    return known;
  };
  const keysOf = items.map((item) => {
    const keys = options.groupOf(item);
    return (typeof keys === 'string' ? [keys] : keys).map(numberOf);
  });
  const groups = new UnionFind(numbers.size);
  for (const keys of keysOf) for (const key of keys) groups.union(keys[0] as number, key);
  if (options.textOf && resolved.nearDuplicates !== false) {
    const alike = nearDuplicateGroups(items.map(options.textOf), { threshold: resolved.nearDuplicates });
    alike.forEach((first, i) => {
      const [a, b] = [keysOf[first]?.[0], keysOf[i]?.[0]];
      if (a !== undefined && b !== undefined) groups.union(a, b);
    });
  }
  return distribute(items, keysOf, groups, [...numbers.keys()], resolved);
}

function distribute<T>(
  items: readonly T[],
  keysOf: readonly (readonly number[])[],
  groups: UnionFind,
  names: readonly string[],
  resolved: ReturnType<typeof resolveSplitOptions>,
): Record<Split, T[]> {
  const representatives = leastNames(names, groups);
  const assigned = assignGroups([...representatives.values()], resolved);
  const parts: Record<Split, T[]> = { train: [], dev: [], test: [] };
  items.forEach((item, i) => {
    const key = keysOf[i]?.[0];
    const name = key === undefined ? undefined : representatives.get(groups.find(key));
    parts[(name !== undefined && assigned.get(name)) || 'train'].push(item);
  });
  return parts;
}

/** The first name of each joined group in the alphabet: it does not depend on the order of the items. */
function leastNames(names: readonly string[], groups: UnionFind): Map<number, string> {
  const least = new Map<number, string>();
  names.forEach((name, i) => {
    const root = groups.find(i);
    const known = least.get(root);
    if (known === undefined || name < known) least.set(root, name);
  });
  return least;
}
