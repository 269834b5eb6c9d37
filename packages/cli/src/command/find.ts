import { suggest } from './suggest.ts';
import type { Command, CommandTree } from './types.ts';

export interface FoundCommand {
  readonly path: readonly string[];
  readonly command: Command;
  /** Its arguments. */
  readonly rest: readonly string[];
}

/** The words led to no command: what to tell instead. */
export interface FoundTree {
  readonly path: readonly string[];
  readonly tree: CommandTree;
  readonly about: string;
  readonly example: string;
  readonly rest: readonly string[];
  readonly problem: string;
  readonly advice?: string;
}

/** Follows the first words down the tree. */
export async function findCommand(
  tree: CommandTree,
  args: readonly string[],
  path: readonly string[] = [],
  about = '',
): Promise<FoundCommand | FoundTree> {
  const [word, ...rest] = args;
  const entry = word !== undefined && Object.hasOwn(tree, word) ? tree[word] : undefined;
  if (word !== undefined && entry) {
    const deeper = [...path, word];
    if ('commands' in entry) return findCommand(entry.commands, rest, deeper, entry.summary);
    return { path: deeper, command: await entry.load(), rest };
  }
  const place = ['ragwright', ...path].join(' ');
  const missing = word === undefined || word.startsWith('-');
  const near = missing ? undefined : suggest(word, Object.keys(tree));
  return {
    path,
    tree,
    about,
    example: `${place} ${Object.keys(tree)[0] ?? ''} --help`,
    rest: args,
    problem: missing ? `Which command? ${place} <${Object.keys(tree).join('|')}>` : `Unknown command ${word}`,
    ...(near === undefined ? {} : { advice: `Did you mean ${place} ${near}?` }),
  };
}
