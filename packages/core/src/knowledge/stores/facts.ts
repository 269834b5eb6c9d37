/** Facts with changes: added, replaced, or taken away where the new value is empty. */
export function updateFacts(
  facts: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string>>,
): Record<string, string> {
  const kept = Object.entries({ ...facts, ...changes }).filter(([, value]) => value !== '');
  return Object.fromEntries(kept);
}

/** Those facts whose names begin so. */
export const withPrefix = (facts: Readonly<Record<string, string>>, prefix: string): Record<string, string> =>
  Object.fromEntries(Object.entries(facts).filter(([name]) => name.startsWith(prefix)));
