import type { Optimizer } from '@ragwright/torch/optim';
import type { NoticeEvent, RunEvent } from '../../base/progress.ts';
import { forgetEvents, RunFolderError } from '../../base/runFolder.ts';
import { readBest } from './best.ts';
import {
  type CheckpointRecord,
  listCheckpoints,
  machine,
  newestGoodCheckpoint,
  pruneCheckpoints,
  type RunIdentity,
  readRecord,
  restoreCheckpoint,
} from './checkpoints.ts';
import { type ResumeDifference, ResumeMismatchError } from './errors.ts';
import { freeSettings } from './settings.ts';
import { initialState, type TrainingState } from './state.ts';
import type { TrainingRun, TrainingSettings, TrainingTask } from './types.ts';

/** What of task and settings a checkpoint must agree with. Through JSON, as the checkpoint's. */
export function identityOf(
  { dataHash, settings: own = {} }: Pick<TrainingTask<never>, 'dataHash' | 'settings'>,
  settings: TrainingSettings,
): RunIdentity {
  const deciding = Object.entries(settings).filter(([name]) => !freeSettings.includes(name));
  return JSON.parse(JSON.stringify({ dataHash, settings: { ...own, ...Object.fromEntries(deciding) } }));
}

const notice = (level: NoticeEvent['level'], message: string): NoticeEvent => ({
  type: 'notice',
  level,
  message,
});

/**
 * Puts model and optimizer where the run begins: at the newest good checkpoint with `resume`, else (or without one)
 * at the start. Events after that point are taken out of the run folder; the run reports them again.
 *
 * @returns the state, and whether it came from a checkpoint
 * @throws RunFolderError if there are checkpoints and `resume` was not asked for; ResumeMismatchError
 */
export async function* beginRun<Batch>(
  task: TrainingTask<Batch>,
  settings: TrainingSettings,
  optimizer: Optimizer,
  { runFolder, eventsFolder = runFolder, stage = 'train', resume = false }: TrainingRun,
): AsyncGenerator<RunEvent, { readonly state: TrainingState; readonly checkpoint?: string }, undefined> {
  const newest = resume ? undefined : (await listCheckpoints(runFolder))[0];
  if (newest) {
    throw new RunFolderError(
      runFolder,
      `holds a run up to step ${newest.step}: resume it, or choose another folder`,
    );
  }
  await pruneCheckpoints(runFolder, Number.POSITIVE_INFINITY);
  const { good, damaged } = resume ? await newestGoodCheckpoint(runFolder) : { good: undefined, damaged: [] };
  for (const { folder, damage } of damaged)
    yield notice('warning', `${folder} is damaged and not used: ${damage}`);
  if (!good) {
    const state = initialState(task.model, settings.seed);
    await forgetEvents(eventsFolder, isAfter(stage, -1, false));
    return { state };
  }
  const record = readRecord(good.folder);
  checkIdentity(good.folder, record.identity, identityOf(task, settings));
  restoreCheckpoint(good.folder, task.model, optimizer);
  if (record.taskState) task.restoreState?.(record.taskState);
  const state = structuredClone(record.state);
  await forgetEvents(eventsFolder, isAfter(stage, state.step, state.evaluatedAt === state.step));
  yield notice('info', `going on from ${good.folder}, after step ${state.step}`);
  yield* machineNotices(record);
  yield* bestNotices(runFolder, state);
  return { state, checkpoint: good.folder };
}

/** Events of a stage that come after a step, or after its evaluation. */
function isAfter(stage: string, step: number, isEvaluated: boolean): (event: RunEvent) => boolean {
  return (event) => {
    if (!('step' in event) || event.step === undefined || event.stage !== stage) return false;
    if (event.step !== step || isEvaluated) return event.step > step;
    return event.type === 'evaluation' || (event.type === 'checkpoint' && event.best);
  };
}

function checkIdentity(folder: string, saved: RunIdentity, now: RunIdentity): void {
  const differences: ResumeDifference[] = [];
  if (saved.dataHash !== now.dataHash) {
    differences.push({ field: 'data', checkpoint: saved.dataHash, now: now.dataHash });
  }
  const show = (value: unknown): string => (value === undefined ? 'not set' : JSON.stringify(value));
  for (const field of new Set([...Object.keys(saved.settings), ...Object.keys(now.settings)])) {
    const [before, after] = [show(saved.settings[field]), show(now.settings[field])];
    if (before !== after) differences.push({ field, checkpoint: before, now: after });
  }
  if (differences.length > 0) throw new ResumeMismatchError(folder, differences);
}

function* machineNotices({ machine: saved }: CheckpointRecord): Generator<NoticeEvent> {
  const now = machine();
  if (saved.libtorch === now.libtorch && saved.threads === now.threads) return;
  const text = ({ libtorch, threads }: typeof now) => `libtorch ${libtorch} with ${threads} threads`;
  yield notice(
    'warning',
    `the checkpoint was made by ${text(saved)}, this is ${text(now)}: the result will not be equal to the bit`,
  );
}

/** The best weights must be there if the state counts on them; else the next evaluation is the best. */
async function* bestNotices(runFolder: string, state: TrainingState): AsyncGenerator<NoticeEvent> {
  if (!state.best) return;
  const found = await readBest(runFolder);
  if (!('damage' in found)) return;
  yield notice('warning', `the best weights, of step ${state.best.step}, are lost: ${found.damage}`);
  state.best = undefined;
}
