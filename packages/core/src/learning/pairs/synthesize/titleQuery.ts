import type { MakePair, Passage } from './types.ts';

/**
 * The title and the innermost heading as the query, the passage without them as the positive: what a reader would
 * look for to get there. Passages without both have no query.
 */
export const titleQuery: MakePair = (passage) => {
  const names = namesOf(passage);
  const query = [...new Set([names[0], names.at(-1)])].join(' ').trim();
  const positive = withoutNames(passage.text, names).trim();
  return query === '' || positive === '' ? undefined : { query, positive };
};

/** Title and headings, outermost first, no two the same. */
function namesOf({ title, headingPath = [] }: Passage): string[] {
  const names = [title ?? '', ...headingPath].map((name) => name.replace(/\s+/g, ' ').trim());
  return [...new Set(names.filter((name) => name !== ''))];
}

/** The query must not be found by the copy of itself that the passage begins with. */
function withoutNames(text: string, names: readonly string[]): string {
  const lines = text.split('\n');
  const isName = (line: string) => names.includes(line.replace(/^#+\s*|\s*#+$/g, '').trim());
  const first = lines.findIndex((line) => !(isName(line) || /^[\s=-]*$/.test(line)));
  return first < 0 ? '' : lines.slice(first).join('\n');
}
