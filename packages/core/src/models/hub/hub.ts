import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { writeFileAtomic } from '../../base/atomicFile.ts';
import { hubCache, isOffline } from './cacheFolders.ts';
import { download } from './download.ts';
import { HttpFailure } from './http.ts';
import { type HubFile, type HubRevision, openHub } from './hubApi.ts';
import { cachedSnapshot, hubPlaces, isCommit, linkBlob } from './hubCache.ts';
import { PICKLE, pickleOnly, problemOfFolder } from './modelFolder.ts';
import { modulePaths, shardsOf, smallFiles, weightFiles } from './neededFiles.ts';
import type { ModelSource, ResolveOptions } from './types.ts';

type HubSource = Extract<ModelSource, { kind: 'hf' }>;

/**
 * The folder of a model of the Hub: from the cache if it is there and up to date, else downloaded into it. If the Hub
 * cannot be reached, what is cached is taken.
 *
 * @throws Error that says what is wrong; the signal's reason when it is aborted
 */
export async function resolveHub(source: HubSource, options: ResolveOptions): Promise<string> {
  const env = options.env ?? process.env;
  const cache = hubCache(env, options.cacheDir);
  const places = hubPlaces(cache, source.repo);
  const cached = await cachedSnapshot(places, source.revision);
  if (cached && isCommit(source.revision)) return cached; // a commit never changes
  if (options.offline ?? isOffline(env)) {
    if (cached) return cached;
    throw new Error(`not in the cache (${cache}), and no server may be asked (offline)`);
  }
  const hub = await openHub(env, { timeout: options.connectTimeout ?? 5000, signal: options.signal });
  let revision: HubRevision;
  try {
    revision = await hub.revision(source.repo, source.revision);
  } catch (error) {
    if (!(error instanceof HttpFailure) || !error.isPassing) throw error;
    if (cached) return cached;
    throw new Error(`${error.message}, and it is not in the cache (${cache})`, { cause: error });
  }
  const folder = places.snapshot(revision.commit);
  await fetchNeeded(folder, revision.files, async (file) => {
    const target = join(folder, file.path);
    if (existsSync(target)) return;
    const { path, size, digest } = file;
    const blob = places.blob('sha256' in digest ? digest.sha256 : digest.gitSha1);
    if (!existsSync(blob)) {
      const onBytes = (received: number): void =>
        options.onProgress?.({ source: source.text, file: path, received, total: size });
      const url = hub.url(source.repo, revision.commit, path);
      await download(blob, { ...hub.request, url, size, digest, onBytes });
    }
    await linkBlob(blob, target);
  });
  if (!isCommit(source.revision)) await writeFileAtomic(places.ref(source.revision), revision.commit);
  return folder;
}

/** Gets the small files, learns from them which weights belong to the model, and gets those. */
async function fetchNeeded(
  folder: string,
  files: readonly HubFile[],
  fetchFile: (file: HubFile) => Promise<void>,
): Promise<void> {
  const names = files.map(({ path }) => path);
  const fetchAll = async (paths: readonly string[]): Promise<void> => {
    for (const path of paths) {
      const file = files.find((each) => each.path === path);
      if (!file) throw new Error(`the model's index names ${path}, but the repository does not have it`);
      await fetchFile(file);
    }
  };
  const small = smallFiles(names);
  await fetchAll(small);
  const read = async (path: string): Promise<unknown> =>
    small.includes(path) ? JSON.parse(await readFile(join(folder, path), 'utf8')) : undefined;
  const modules = modulePaths(await read('modules.json')) ?? [''];
  const indexes = new Map<string, readonly string[] | undefined>();
  for (const path of small) if (path.endsWith('.index.json')) indexes.set(path, shardsOf(await read(path)));
  const weights = weightFiles(names, modules, (index) => indexes.get(index));
  if (weights.length === 0 && names.includes(posix.join(modules[0] ?? '', PICKLE)))
    throw new Error(pickleOnly);
  await fetchAll(weights);
  const problem = problemOfFolder(folder);
  if (problem) throw new Error(problem);
}
