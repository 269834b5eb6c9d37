import { statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../command/errors.ts';

/** `--run-file` and `--from-run`: one file, or where the files of several data sets are. */
export interface RunFiles {
  /** Whether the pattern tells stages apart; if not, only the last one is written. */
  readonly byStage: boolean;
  /** @throws UsageError if another data set has the same file */
  of(set: string, stage: string): string;
}

/**
 * A pattern with `{name}` (of the data set) and `{stage}`, a folder (there already, or ending in a slash), or, for one
 * data set, a file.
 *
 * @throws UsageError for a plain file and several data sets
 */
export function runFiles(option: string, pattern: string, sets: number): RunFiles {
  const folder = /[/\\]$/.test(pattern) || isFolder(pattern);
  const full = folder
    ? join(pattern, option === '--run-file' ? '{name}.{stage}.trec' : '{name}.trec')
    : pattern;
  if (sets > 1 && !full.includes('{name}')) {
    throw new UsageError(
      `${option} ${pattern}: ${sets} data sets need a file each`,
      `Write {name} into it, or name a folder: ${option} runs/{name}.trec, ${option} runs/`,
    );
  }
  const owners = new Map<string, string>();
  return {
    byStage: full.includes('{stage}'),
    of: (set, stage) => {
      const file = full.replaceAll('{name}', set.replaceAll(/[/\\]/g, '-')).replaceAll('{stage}', stage);
      const owner = owners.get(file) ?? set;
      owners.set(file, owner);
      if (owner === set) return file;
      throw new UsageError(`${option}: ${owner} and ${set} would both be ${file}`, 'Rename one folder.');
    },
  };
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
