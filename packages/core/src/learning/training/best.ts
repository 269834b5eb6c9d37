import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Module } from '@ragwright/torch/nn';
import { writeSafetensors } from '@ragwright/torch/safetensors';
import { writeJsonAtomic } from '../../base/atomicFile.ts';
import { sha256File } from '../../base/hash.ts';
import { runFiles } from '../../base/runFolder.ts';
import { restoreWeights } from './checkpoints.ts';
import { CheckpointError } from './errors.ts';

const manifestFile = 'manifest.json';

/** `best/manifest.json`: which file holds the weights of the best evaluation. */
export interface BestRecord {
  readonly step: number;
  readonly metric: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly file: string;
  readonly sha256: string;
}

/**
 * Keeps the model's weights as the best so far and returns their file. The manifest names the file, so that whenever
 * the process is killed the manifest and its file belong together: the new file comes first, the old one goes last.
 *
 * @throws CheckpointError if it cannot be written; the best before stays then
 */
export async function saveBest(
  runFolder: string,
  model: Module,
  evaluation: Pick<BestRecord, 'step' | 'metric' | 'metrics'>,
): Promise<string> {
  const folder = join(runFolder, runFiles.best);
  const file = `step-${evaluation.step}.safetensors`;
  const path = join(folder, file);
  try {
    await mkdir(folder, { recursive: true });
    writeSafetensors(path, model.stateDict(), { metadata: { format: 'pt' } });
    const record: BestRecord = { ...evaluation, file, sha256: await sha256File(path) };
    await writeJsonAtomic(join(folder, manifestFile), record);
    const others = (await readdir(folder)).filter((name) => name !== file && name !== manifestFile);
    for (const name of others) await rm(join(folder, name), { force: true });
    return path;
  } catch (cause) {
    const message = `the best weights could not be kept: ${(cause as Error).message}`;
    throw new CheckpointError(folder, message, { cause });
  }
}

/** The best so far, or what is wrong with it. */
export async function readBest(
  runFolder: string,
): Promise<{ readonly best: BestRecord; readonly path: string } | { readonly damage: string }> {
  const folder = join(runFolder, runFiles.best);
  try {
    const best = JSON.parse(await readFile(join(folder, manifestFile), 'utf8')) as BestRecord;
    const path = join(folder, best.file);
    if ((await sha256File(path)) === best.sha256) return { best, path };
    return { damage: `the SHA-256 of ${best.file} is not the manifest's` };
  } catch (error) {
    return { damage: (error as Error).message };
  }
}

/** Puts the best weights into the model. @throws CheckpointError if they were damaged meanwhile */
export async function restoreBest(runFolder: string, model: Module): Promise<string> {
  const found = await readBest(runFolder);
  if ('damage' in found) throw new CheckpointError(join(runFolder, runFiles.best), found.damage);
  restoreWeights(found.path, model);
  return found.path;
}
