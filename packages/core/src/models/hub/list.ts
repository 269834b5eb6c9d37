import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hubCache, pipCache } from './cacheFolders.ts';
import { isCommit } from './hubCache.ts';
import { problemOfFolder } from './modelFolder.ts';
import type { ResolveOptions } from './types.ts';

/** A model in a cache. */
export interface CachedModel {
  /** As `resolveModel` takes it. */
  readonly source: string;
  readonly folder: string;
  /** Of all its files. */
  readonly bytes: number;
}

/** Complete models in the caches, by source. */
export async function listModels(
  options: Pick<ResolveOptions, 'cacheDir' | 'env'> = {},
): Promise<CachedModel[]> {
  const env = options.env ?? process.env;
  const found: CachedModel[] = [];
  const add = async (source: string, folder: string): Promise<void> => {
    if (problemOfFolder(folder) === undefined) found.push({ source, folder, bytes: await bytesIn(folder) });
  };
  const hub = hubCache(env, options.cacheDir);
  for (const name of await names(hub)) {
    if (!name.startsWith('models--')) continue;
    const repo = name.slice('models--'.length).replaceAll('--', '/');
    const refs = await refsOf(join(hub, name, 'refs'));
    for (const commit of await names(join(hub, name, 'snapshots'))) {
      if (!isCommit(commit)) continue;
      const revision = refs.get(commit) ?? commit;
      await add(
        `hf:${repo}${revision === 'main' ? '' : `@${revision}`}`,
        join(hub, name, 'snapshots', commit),
      );
    }
  }
  const pip = pipCache(env, options.cacheDir);
  for (const name of await names(pip)) if (!name.startsWith('.')) await add(`pip:${name}`, join(pip, name));
  return found.sort((a, b) => (a.source < b.source ? -1 : 1));
}

/** A folder's entries; none if it is missing. */
const names = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

/** Commit → branch or tag. */
async function refsOf(folder: string): Promise<Map<string, string>> {
  const refs = new Map<string, string>();
  for (const name of await names(folder)) {
    const commit = await readFile(join(folder, name), 'utf8').catch(() => '');
    if (!refs.has(commit.trim()) || name === 'main') refs.set(commit.trim(), name);
  }
  return refs;
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder, { recursive: true })) {
    const info = await stat(join(folder, name)); // follows links
    if (info.isFile()) bytes += info.size;
  }
  return bytes;
}
