import { statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../command/errors.ts';

/** `--run-file` and `--from-run`: one file, or where the files of several data sets are. */
export interface RunFiles {
  /** Whether the pattern tells stages apart; if not, only the last one is written. */
  readonly byStage: boolean;
  of(set: string, stage: string): string;
}

/**
 * A pattern with `{name}` (of the data set) and `{stage}`, a folder (there already, or ending in a slash), or, for one
 * data set, a file.
 *
 * @param sets names of the data sets
 * @throws UsageError for a plain file and several data sets, or if two of them would have the same file
 */
export function runFiles(option: string, pattern: string, sets: readonly string[]): RunFiles {
  const folder = /[/\\]$/.test(pattern) || isFolder(pattern);
  const full = folder
    ? join(pattern, option === '--run-file' ? '{name}.{stage}.trec' : '{name}.trec')
    : pattern;
  if (sets.length > 1 && !full.includes('{name}')) {
    throw new UsageError(
      `${option} ${pattern}: ${sets.length} data sets need a file each`,
      `Write {name} into it, or name a folder: ${option} runs/{name}.trec, ${option} runs/`,
    );
  }
  const fileName = (set: string): string => set.replaceAll(/[/\\]/g, '-');
  const twin = sets.find((set, i) => sets.findIndex((other) => fileName(other) === fileName(set)) < i);
  if (twin !== undefined) {
    const both = sets.filter((set) => fileName(set) === fileName(twin)).join(' and ');
    throw new UsageError(`${option}: ${both} would have the same file`, 'Rename one of the folders.');
  }
  return {
    byStage: full.includes('{stage}'),
    of: (set, stage) => full.replaceAll('{name}', fileName(set)).replaceAll('{stage}', stage),
  };
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
