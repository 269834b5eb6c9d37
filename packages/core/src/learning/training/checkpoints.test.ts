import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { numThreads, setNumThreads } from '@ragwright/torch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunFolderError } from '../../base/runFolder.ts';
import { CheckpointError, listCheckpoints, ResumeMismatchError, readBest } from './index.ts';
import { newTask, type RunOptions, runLoop, type Task } from './runLoop.fixture.ts';
import { weightsOf } from './tinyTask.fixture.mjs';
import type { TrainingSettings } from './types.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragwright-checkpoints-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const each: Partial<TrainingSettings> = { checkpointEvery: 1, keepCheckpoints: 3, learningRate: 1e-3 };
const run = (task: Task, settings: Partial<TrainingSettings> = each, options: RunOptions = {}) =>
  runLoop(task, settings, { runFolder: folder, ...options });

/** Stops after so many steps. */
async function runUntil(step: number, task: Task, settings = each): Promise<void> {
  const stop = new AbortController();
  const { outcome } = await run(task, settings, {
    signal: stop.signal,
    onEvent: (event) => event.type === 'step' && event.step === step && stop.abort(),
  });
  expect(outcome).toMatchObject({ finished: 'interrupted', steps: step });
}

const names = (): string[] => readdirSync(join(folder, 'checkpoints')).sort();
const fileOf = (step: number, name: string): string => join(folder, 'checkpoints', `step-${step}`, name);

describe('checkpoints', () => {
  it('hold files with their hashes; old ones go, the newest stay', async () => {
    const task = await newTask();
    await run(task);
    expect(names()).toEqual(['step-6', 'step-7', 'step-8']);
    const manifest = JSON.parse(readFileSync(fileOf(8, 'manifest.json'), 'utf8'));
    expect(Object.keys(manifest.files)).toEqual([
      'model.safetensors',
      'optimizer.safetensors',
      'training.json',
    ]);
    expect(manifest.files['training.json'].sha256).toMatch(/^[0-9a-f]{64}$/);
    const { state, identity } = JSON.parse(readFileSync(fileOf(8, 'training.json'), 'utf8'));
    expect(state).toMatchObject({ step: 8, epoch: 0, batch: 8 });
    expect(identity).toMatchObject({ dataHash: 'tiny 32', settings: { batchSize: 4, learningRate: 1e-3 } });
    expect((await listCheckpoints(folder)).map(({ step }) => step)).toEqual([8, 7, 6]);
    task.model.dispose();
  });

  it('resume to the bit, also with a model that has other weights', async () => {
    const settings = { ...each, epochs: 2, patience: 3, evaluateEvery: 3 };
    const whole = await newTask();
    const evaluate = (task: Task) => async () => ({
      'ndcg@10': -Math.abs(Number(task.model.parameters()[3]?.data()[0])),
    });
    const first = await run({ ...whole, evaluate: evaluate(whole) }, settings, {
      runFolder: join(folder, 'whole'),
    });
    const broken = await newTask();
    await runUntil(9, { ...broken, evaluate: evaluate(broken) }, settings);
    const other = await newTask();
    other.model.loadStateDict(whole.model.stateDict());
    const { outcome, events } = await run({ ...other, evaluate: evaluate(other) }, settings, {
      resume: true,
    });
    expect(weightsOf(other.model)).toBe(weightsOf(whole.model));
    const { seconds: _, peakMemory: __, best, ...rest } = first.outcome;
    expect(outcome).toMatchObject(rest);
    expect(outcome.best).toMatchObject({ step: best?.step, metric: best?.metric });
    expect(events[0]).toMatchObject({ type: 'notice', message: expect.stringContaining('after step 9') });
    for (const task of [whole, broken, other]) task.model.dispose();
  });

  it('carry what the task must remember', async () => {
    const task = await newTask();
    let budget = 100;
    const withState: Task = {
      ...task,
      saveState: () => ({ budget }),
      restoreState: (state) => {
        budget = state['budget'] as number;
      },
    };
    await runUntil(2, withState);
    budget = 7;
    await run(withState, each, { resume: true });
    expect(budget).toBe(100);
    task.model.dispose();
  });

  it('begin when there is nothing to go on from', async () => {
    const task = await newTask();
    const { outcome } = await run(task, { ...each, maxSteps: 2 }, { resume: true });
    expect(outcome).toMatchObject({ finished: 'done', steps: 2 });
    task.model.dispose();
  });

  it('leftovers of a killed process are removed', async () => {
    const task = await newTask();
    await runUntil(2, task);
    mkdirSync(join(folder, 'checkpoints', '.step-3.0a1b2c3d.tmp'));
    writeFileSync(join(folder, 'checkpoints', '.step-3.0a1b2c3d.tmp', 'model.safetensors'), 'half');
    await run(task, each, { resume: true });
    expect(names()).toEqual(['step-6', 'step-7', 'step-8']);
    task.model.dispose();
  });
});

describe('a damaged checkpoint is named, and the one before it used', () => {
  const flip = (path: string): void => {
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
    writeFileSync(path, bytes);
  };
  it.each<[string, (step: number) => void, RegExp]>([
    [
      'one bit of the weights',
      (step) => flip(fileOf(step, 'model.safetensors')),
      /SHA-256 of model.safetensors/,
    ],
    [
      'a truncated file',
      (step) => truncateSync(fileOf(step, 'optimizer.safetensors'), 99),
      /optimizer.safetensors has 99 bytes/,
    ],
    ['a missing file', (step) => rmSync(fileOf(step, 'training.json')), /ENOENT.*training.json/],
    ['no manifest', (step) => rmSync(fileOf(step, 'manifest.json')), /ENOENT.*manifest.json/],
    ['half a manifest', (step) => truncateSync(fileOf(step, 'manifest.json'), 50), /JSON/],
    [
      'a manifest that was changed to fit',
      (step) => {
        const path = fileOf(step, 'manifest.json');
        writeFileSync(path, readFileSync(path, 'utf8').replace('"bytes": ', '"bytes": 1'));
      },
      /manifest.json is not as written/,
    ],
  ])('%s', async (_, damage, message) => {
    const whole = await newTask();
    await run(whole, each, { runFolder: join(folder, 'whole') });
    const task = await newTask();
    await runUntil(5, task);
    damage(5);
    const { events } = await run(task, each, { resume: true });
    expect(events[0]).toMatchObject({
      type: 'notice',
      level: 'warning',
      message: expect.stringMatching(message),
    });
    expect(events[0]).toMatchObject({ message: expect.stringContaining(join('checkpoints', 'step-5')) });
    expect(events[1]).toMatchObject({ message: expect.stringContaining('after step 4') });
    expect(weightsOf(task.model)).toBe(weightsOf(whole.model));
    for (const each of [whole, task]) each.model.dispose();
  });

  it('if all are, the run begins again', async () => {
    const whole = await newTask();
    await run(whole, each, { runFolder: join(folder, 'whole') });
    await runUntil(3, await newTask());
    for (const { step } of await listCheckpoints(folder)) flip(fileOf(step, 'training.json'));
    const task = await newTask();
    const { events, outcome } = await run(task, each, { resume: true });
    expect(events.filter(({ type }) => type === 'notice')).toHaveLength(3);
    expect(outcome).toMatchObject({ finished: 'done', steps: 8 });
    expect(weightsOf(task.model)).toBe(weightsOf(whole.model));
    for (const each of [whole, task]) each.model.dispose();
  });

  it('lost best weights are said to be lost, and the next evaluation is the best', async () => {
    const task = await newTask();
    let value = 1;
    const evaluated: Task = { ...task, evaluate: async () => ({ 'ndcg@10': value }) };
    const settings = { ...each, evaluateEvery: 2 };
    await runUntil(3, evaluated, settings);
    value = 0.5;
    const best = await readBest(folder);
    if ('path' in best) flip(best.path);
    const { events, outcome } = await run(evaluated, settings, { resume: true });
    expect(events[1]).toMatchObject({
      level: 'warning',
      message: expect.stringContaining('of step 0, are lost'),
    });
    expect(outcome.best).toMatchObject({ step: 4, metric: 0.5 });
    task.model.dispose();
  });
});

describe('a run folder', () => {
  it('of a run is not used for another by accident', async () => {
    const task = await newTask();
    await runUntil(2, task);
    const again = run(task);
    await expect(again).rejects.toBeInstanceOf(RunFolderError);
    await expect(again).rejects.toThrow(/up to step 2: resume it/);
    task.model.dispose();
  });

  it('with other data or settings is refused, and says what differs', async () => {
    const task = await newTask();
    await runUntil(2, task);
    const other = { ...task, dataHash: 'others', settings: { batchSize: 8 } };
    const settings = { ...each, learningRate: 2e-3, epochs: 3, checkpointEvery: 4, keepCheckpoints: 1 };
    const error = (await run(other, settings, { resume: true }).catch(
      (e: unknown) => e,
    )) as ResumeMismatchError;
    expect(error).toBeInstanceOf(ResumeMismatchError);
    expect(error.differences).toEqual([
      { field: 'data', checkpoint: 'tiny 32', now: 'others' },
      { field: 'batchSize', checkpoint: '4', now: '8' },
      { field: 'epochs', checkpoint: '1', now: '3' },
      { field: 'learningRate', checkpoint: '0.001', now: '0.002' },
    ]);
    expect(error.message).toContain('learningRate: 0.001 in the checkpoint, 0.002 now');
    task.model.dispose();
  });

  it('of a machine with other threads: a notice', async () => {
    const task = await newTask();
    await runUntil(2, task);
    const threads = numThreads();
    try {
      setNumThreads(threads + 1);
      const { events } = await run(task, each, { resume: true });
      const message = expect.stringContaining('will not be equal to the bit');
      expect(events[1]).toMatchObject({ level: 'warning', message });
    } finally {
      setNumThreads(threads);
    }
    task.model.dispose();
  });

  it('that cannot be written is a typed error', async () => {
    const task = await newTask();
    writeFileSync(join(folder, 'checkpoints'), 'a file where a folder should be');
    await expect(run(task)).rejects.toBeInstanceOf(CheckpointError);
    rmSync(join(folder, 'checkpoints'));
    writeFileSync(join(folder, 'best'), 'here too');
    const evaluated = { ...task, evaluate: async () => ({ 'ndcg@10': 1 }) };
    await expect(run(evaluated)).rejects.toMatchObject({
      name: 'CheckpointError',
      folder: join(folder, 'best'),
    });
    task.model.dispose();
  });

  it('keeps the checkpoint before, complete, when writing one fails in the middle', async () => {
    const task = await newTask();
    await runUntil(2, task);
    rmSync(fileOf(1, ''), { recursive: true });
    const parent = join(folder, 'checkpoints');
    const failing: Task = { ...task, saveState: () => ({ unwritable: 1n }) }; // JSON refuses it after the weights are written
    await expect(run(failing, each, { resume: true })).rejects.toBeInstanceOf(CheckpointError);
    expect(readdirSync(parent)).toEqual(['step-2']);
    expect(existsSync(fileOf(2, 'manifest.json'))).toBe(true);
    const { outcome } = await run(task, each, { resume: true });
    expect(outcome.finished).toBe('done');
    task.model.dispose();
  });
});
