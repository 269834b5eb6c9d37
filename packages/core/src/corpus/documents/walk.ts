import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { readerFor } from './formats.ts';
import { globPattern } from './glob.ts';
import type { ResolvedReadOptions, SkippedSource, SourceFile, UnreadableSource } from './types.ts';
import { reasonOf } from './unreadable.ts';

/** What a walk comes upon. A BEIR folder is one find: its `corpus.jsonl`. */
export type Found =
  | { readonly type: 'file'; readonly file: SourceFile; readonly beir: boolean }
  | ({ readonly type: 'unreadable' } & UnreadableSource)
  | ({ readonly type: 'skipped' } & SkippedSource);

const BEIR_CORPUS = 'corpus.jsonl';
/** Source of the only path, if it can't be read: all sources lie in it. */
const WHOLE = '.';

interface Walk {
  readonly include: readonly RegExp[];
  readonly exclude: readonly RegExp[];
  readonly options: ResolvedReadOptions;
  /** Real paths of folders and files that were reached through links, or lie above. */
  readonly seen: Set<string>;
}

/**
 * Files under the paths: names of a folder sorted by code unit, whatever the locale; the paths in the order given.
 * With several paths each source begins with its path's last name (a number is added where two are equal).
 */
export async function* walk(paths: readonly string[], options: ResolvedReadOptions): AsyncGenerator<Found> {
  const state: Walk = {
    include: options.include.map(globPattern),
    exclude: options.exclude.map(globPattern),
    options,
    seen: new Set(),
  };
  const labels = paths.length > 1 ? distinctNames(paths) : [''];
  for (const [i, path] of paths.entries()) yield* walkRoot(path, labels[i] as string, state);
}

async function* walkRoot(path: string, label: string, state: Walk): AsyncGenerator<Found> {
  try {
    const info = await stat(path);
    const source = label === '' ? basename(resolve(path)) : label;
    if (info.isDirectory()) yield* walkFolder(path, label, state);
    else yield* takeFile(path, source, info, state, basename(path) === BEIR_CORPUS);
  } catch (error) {
    yield { type: 'unreadable', source: label || WHOLE, reason: reasonOf(error) };
  }
}

async function* walkFolder(folder: string, prefix: string, state: Walk): AsyncGenerator<Found> {
  if (await alreadySeen(folder, state)) return;
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    yield {
      type: 'unreadable',
      source: prefix || WHOLE,
      reason: reasonOf(error),
    };
    return;
  }
  const isBeir = entries.some((entry) => entry.name === BEIR_CORPUS && entry.isFile());
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (isBeir && entry.name !== BEIR_CORPUS) continue;
    const source = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    yield* visit(join(folder, entry.name), source, entry, isBeir, state);
  }
}

async function* visit(
  path: string,
  source: string,
  entry: Dirent,
  beir: boolean,
  state: Walk,
): AsyncGenerator<Found> {
  state.options.signal?.throwIfAborted();
  if (entry.name.startsWith('.')) return yield* skip(source, 'hidden', state);
  if (entry.name === 'node_modules') return yield* skip(source, 'node_modules', state);
  if (state.exclude.some((pattern) => pattern.test(source))) return yield* skip(source, 'excluded', state);
  if (entry.isDirectory()) return yield* walkFolder(path, source, state);
  if (entry.isSymbolicLink() && !state.options.followLinks)
    return yield* skip(source, 'a symbolic link', state);
  try {
    const info = await stat(path);
    if (info.isDirectory()) yield* walkFolder(path, source, state);
    else yield* takeFile(path, source, info, state, beir);
  } catch (error) {
    yield { type: 'unreadable', source, reason: reasonOf(error) };
  }
}

async function* takeFile(
  path: string,
  source: string,
  info: Stats,
  state: Walk,
  beir: boolean,
): AsyncGenerator<Found> {
  if (state.include.length > 0 && !state.include.some((pattern) => pattern.test(source)))
    return yield* skip(source, 'not included', state);
  // A pipe or a device would be read for ever.
  if (!info.isFile()) return yield* skip(source, 'neither file nor folder', state);
  if (!beir && readerFor(path) === undefined) return yield* skip(source, 'unknown extension', state);
  if (await alreadySeen(path, state)) return yield* skip(source, 'read already', state);
  const file = { path, source, size: info.size, timestamp: info.mtime.toISOString() };
  yield { type: 'file', file, beir };
}

/** Only links lead to a place twice, so without them nothing needs to be remembered. */
async function alreadySeen(path: string, state: Walk): Promise<boolean> {
  if (!state.options.followLinks) return false;
  const real = await realpath(path);
  if (state.seen.has(real)) return true;
  state.seen.add(real);
  return false;
}

function* skip(source: string, reason: string, state: Walk): Generator<Found> {
  if (state.options.reportSkipped) yield { type: 'skipped', source, reason };
}

function distinctNames(paths: readonly string[]): string[] {
  const taken = new Set<string>();
  return paths.map((path) => {
    const name = basename(resolve(path));
    let distinct = name;
    for (let n = 2; taken.has(distinct); n++) distinct = `${name}-${n}`;
    taken.add(distinct);
    return distinct;
  });
}
