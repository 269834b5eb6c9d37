import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeJsonAtomic } from '../../../base/atomicFile.ts';
import { RunFolderError } from '../../../base/runFolder.ts';

/**
 * A folder of checkpoints belongs to one base model: going on from those of another would compare what never met.
 *
 * @param fingerprint of the model before it is trained
 * @throws RunFolderError if the folder was claimed for another model
 */
export async function claimFolder(folder: string, fingerprint: string): Promise<void> {
  const file = join(folder, 'base.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) {
    await mkdir(folder, { recursive: true });
    return writeJsonAtomic(file, { fingerprint });
  }
  if (text.includes(`"${fingerprint}"`)) return;
  throw new RunFolderError(
    folder,
    'it belongs to a run with another base model: choose another output folder',
  );
}
