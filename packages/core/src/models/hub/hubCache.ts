import { mkdir, readFile, rename, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { problemOfFolder } from './modelFolder.ts';

/** A model's place in huggingface_hub's cache: `blobs` by hash, `snapshots` by commit, `refs` by revision. */
export interface HubPlaces {
  blob(hash: string): string;
  ref(revision: string): string;
  snapshot(commit: string): string;
}

export function hubPlaces(cache: string, repo: string): HubPlaces {
  const root = join(cache, `models--${repo.replaceAll('/', '--')}`);
  return {
    blob: (hash) => join(root, 'blobs', hash),
    ref: (revision) => join(root, 'refs', revision),
    snapshot: (commit) => join(root, 'snapshots', commit),
  };
}

export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

/** The cached snapshot of a revision; undefined if there is none, or it is not complete. */
export async function cachedSnapshot(places: HubPlaces, revision: string): Promise<string | undefined> {
  const commit = isCommit(revision)
    ? revision
    : await readFile(places.ref(revision), 'utf8').then(
        (text) => text.trim(),
        () => undefined,
      );
  if (commit === undefined || !isCommit(commit)) return undefined;
  const folder = places.snapshot(commit);
  return problemOfFolder(folder) === undefined ? folder : undefined;
}

/** Puts a blob under its name into a snapshot: by a relative link, where the system has them. */
export async function linkBlob(blob: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  try {
    await symlink(relative(dirname(target), blob), target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'EPERM' && code !== 'ENOSYS') throw error;
    await rename(blob, target); // as huggingface_hub does on Windows
  }
}
