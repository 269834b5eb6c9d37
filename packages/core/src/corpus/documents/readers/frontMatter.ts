import { parse } from 'yaml';
import { reasonOf, UnreadableError } from '../unreadable.ts';

/** UTF-16 units. A YAML parser takes its time. */
const MAX_LENGTH = 100_000;

/**
 * Takes YAML between two lines of `---` from the head of a Markdown text. Text that begins with `---` but holds no
 * mapping (a thematic break) is left as it is.
 *
 * @throws UnreadableError if the YAML is broken
 */
export function splitFrontMatter(text: string): {
  readonly frontMatter: Readonly<Record<string, unknown>>;
  readonly text: string;
} {
  const none = { frontMatter: {}, text };
  if (!text.startsWith('---\n')) return none;
  const end = text.indexOf('\n---', 3);
  if (end === -1 || !/^\n---[ \t]*(\n|$)/.test(text.slice(end, end + 200))) return none;
  if (end > MAX_LENGTH) throw new UnreadableError(`front matter of ${end} characters`);
  let values: unknown;
  try {
    // Aliases multiply: a few lines of them can stand for gigabytes. 100 is the library's own limit.
    values = parse(text.slice(4, end + 1), { maxAliasCount: 100, logLevel: 'error' });
  } catch (error) {
    throw new UnreadableError(`front matter: ${reasonOf(error)}`, { cause: error });
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return none;
  const afterFence = text.indexOf('\n', end + 1);
  return {
    frontMatter: values as Record<string, unknown>,
    text: afterFence === -1 ? '' : text.slice(afterFence + 1),
  };
}
