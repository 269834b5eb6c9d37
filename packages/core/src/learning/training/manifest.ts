import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256File } from '../../base/hash.ts';

const manifestFile = 'manifest.json';

interface Manifest {
  readonly format: 1;
  /** By file name, sorted. */
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
  /** SHA-256 of `files` in JSON: a manifest that was changed by hand or by the disk does not vouch for anything. */
  readonly sha256: string;
}

const digest = (files: Manifest['files']): string =>
  createHash('sha256').update(JSON.stringify(files)).digest('hex');

/** Writes `manifest.json`: size and SHA-256 of every file in the folder. To be called last. */
export async function writeManifest(folder: string): Promise<void> {
  const files: Record<string, { bytes: number; sha256: string }> = {};
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    files[name] = { bytes: (await stat(path)).size, sha256: await sha256File(path) };
  }
  const manifest: Manifest = { format: 1, files, sha256: digest(files) };
  await writeFile(join(folder, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** What is wrong with a folder by its manifest; undefined if every file is as it was written. */
export async function damageIn(folder: string): Promise<string | undefined> {
  try {
    const manifest = JSON.parse(await readFile(join(folder, manifestFile), 'utf8')) as Manifest;
    if (manifest.format !== 1 || digest(manifest.files) !== manifest.sha256)
      return `${manifestFile} is not as written`;
    for (const [name, { bytes, sha256 }] of Object.entries(manifest.files)) {
      const path = join(folder, name);
      const { size } = await stat(path);
      if (size !== bytes) return `${name} has ${size} bytes instead of ${bytes}`;
      if ((await sha256File(path)) !== sha256) return `the SHA-256 of ${name} is not the manifest's`;
    }
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
