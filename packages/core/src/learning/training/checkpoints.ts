import { readFileSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { libraryInfo, numThreads, scope } from '@ragwright/torch';
import type { Module } from '@ragwright/torch/nn';
import type { Optimizer } from '@ragwright/torch/optim';
import { openSafetensors, writeSafetensors } from '@ragwright/torch/safetensors';
import { removeLeftovers, writeFolderAtomic } from '../../base/atomicFolder.ts';
import { runFiles } from '../../base/runFolder.ts';
import { CheckpointError } from './errors.ts';
import { damageIn, writeManifest } from './manifest.ts';
import type { TrainingState } from './state.ts';

const modelFile = 'model.safetensors';
const optimizerFile = 'optimizer.safetensors';
const trainingFile = 'training.json';

/** What `training.json` of a checkpoint says. */
export interface CheckpointRecord {
  readonly state: TrainingState;
  /** Steps by parameter; the rest of the optimizer's state is in `optimizer.safetensors`. */
  readonly optimizerSteps: Readonly<Record<string, number>>;
  readonly identity: RunIdentity;
  readonly taskState?: Readonly<Record<string, unknown>> | undefined;
  readonly machine: Machine;
}

/** What must be equal for a run to go on. */
export interface RunIdentity {
  readonly dataHash: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What must be equal for a run to go on to the bit. */
export interface Machine {
  readonly libtorch: string;
  readonly threads: number;
}

export const machine = (): Machine => ({ libtorch: libraryInfo().version, threads: numThreads() });

export interface Checkpoint {
  readonly step: number;
  readonly folder: string;
}

const foldersIn = (runFolder: string): string => join(runFolder, runFiles.checkpoints);

/** By step, newest first. */
export async function listCheckpoints(runFolder: string): Promise<Checkpoint[]> {
  const parent = foldersIn(runFolder);
  const names = await readdir(parent).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw new CheckpointError(parent, `checkpoints cannot be listed: ${cause.message}`, { cause });
  });
  return names
    .flatMap((name) => {
      const [, step] = /^step-(\d+)$/.exec(name) ?? [];
      return step === undefined ? [] : [{ step: Number(step), folder: join(parent, name) }];
    })
    .sort((a, b) => b.step - a.step);
}

/**
 * Writes `checkpoints/step-N` and returns its folder: complete, flushed and with a manifest, or not at all.
 *
 * @throws CheckpointError (disk full, no permission); nothing half-written stays
 */
export async function saveCheckpoint(
  runFolder: string,
  model: Module,
  optimizer: Optimizer,
  record: Omit<CheckpointRecord, 'optimizerSteps' | 'machine'>,
): Promise<string> {
  const folder = join(foldersIn(runFolder), `step-${record.state.step}`);
  const { tensors, steps: optimizerSteps } = optimizer.stateDict();
  const full: CheckpointRecord = { ...record, optimizerSteps, machine: machine() };
  await writeFolderAtomic(folder, async (temporary) => {
    writeSafetensors(join(temporary, modelFile), model.stateDict(), { metadata: { format: 'pt' } });
    writeSafetensors(join(temporary, optimizerFile), tensors);
    await writeFile(join(temporary, trainingFile), `${JSON.stringify(full, null, 2)}\n`);
    await writeManifest(temporary);
  }).catch((cause: Error) => {
    throw new CheckpointError(folder, `the checkpoint could not be written: ${cause.message}`, { cause });
  });
  return folder;
}

/** Deletes all but the newest `keep`, and what killed processes left. */
export async function pruneCheckpoints(runFolder: string, keep: number): Promise<void> {
  const parent = foldersIn(runFolder);
  try {
    await removeLeftovers(parent);
    const old = (await listCheckpoints(runFolder)).slice(keep);
    for (const { folder } of old) await rm(folder, { recursive: true, force: true });
  } catch (cause) {
    if (cause instanceof CheckpointError) throw cause;
    const message = `old checkpoints could not be deleted: ${(cause as Error).message}`;
    throw new CheckpointError(parent, message, { cause });
  }
}

/** The newest checkpoint that is as it was written, and what is wrong with newer ones. */
export async function newestGoodCheckpoint(runFolder: string): Promise<{
  readonly good: Checkpoint | undefined;
  readonly damaged: (Checkpoint & { readonly damage: string })[];
}> {
  const damaged: (Checkpoint & { readonly damage: string })[] = [];
  for (const checkpoint of await listCheckpoints(runFolder)) {
    const damage = await damageIn(checkpoint.folder);
    if (damage === undefined) return { good: checkpoint, damaged };
    damaged.push({ ...checkpoint, damage });
  }
  return { good: undefined, damaged };
}

/** To be called for a folder without damage. */
export const readRecord = (folder: string): CheckpointRecord =>
  JSON.parse(readFileSync(join(folder, trainingFile), 'utf8')) as CheckpointRecord;

/** Puts weights, buffers and the optimizer's state back. @throws StateDictError for another model */
export function restoreCheckpoint(folder: string, model: Module, optimizer: Optimizer): void {
  restoreWeights(join(folder, modelFile), model);
  using file = openSafetensors(join(folder, optimizerFile));
  const { optimizerSteps: steps } = readRecord(folder);
  scope(() => {
    const tensors = Object.fromEntries(file.names.map((name) => [name, file.tensor(name)]));
    optimizer.loadStateDict({ tensors, steps });
  });
}

export function restoreWeights(path: string, model: Module): void {
  using file = openSafetensors(path);
  model.loadFrom(file);
}
