import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randn, scope } from '@ragwright/torch';
import { leakOf } from '@ragwright/torch/vitest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import type { EvaluationEvent, RunEvent, TrainingStepEvent } from '../../base/progress.ts';
import { NonFiniteLossError, train } from './index.ts';
import { newTask, type RunOptions, runLoop, type Task } from './runLoop.fixture.ts';
import { weightsOf } from './tinyTask.fixture.mjs';
import type { TrainingSettings } from './types.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragwright-train-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (task: Task, settings: Partial<TrainingSettings> = {}, options: RunOptions = {}) =>
  runLoop(task, settings, { runFolder: folder, ...options });

const stepsOf = (events: readonly RunEvent[]) =>
  events.filter((event): event is TrainingStepEvent => event.type === 'step');
const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

/** A dev metric that takes the given values in turn. */
const scripted = (task: Task, values: readonly number[]): Task => {
  let at = 0;
  return { ...task, evaluate: async () => ({ 'ndcg@10': values[at++] ?? 0, other: at }) };
};

describe('the loop', () => {
  it('learns, and reports every step', async () => {
    const task = await newTask();
    const { events, outcome } = await run(task, { epochs: 6, learningRate: 1e-3 });
    const steps = stepsOf(events);
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 48 }, (_, i) => i + 1));
    const losses = steps.map(({ loss }) => loss);
    expect(mean(losses.slice(-8))).toBeLessThan(0.8 * mean(losses.slice(0, 8)));
    expect(steps[11]).toMatchObject({ totalSteps: 48, epoch: 1.5, stage: 'train' });
    for (const { gradNorm, tokens, tokensPerSecond, secondsLeft } of steps) {
      expect(Math.min(gradNorm, tokens, tokensPerSecond)).toBeGreaterThan(0);
      expect(secondsLeft).toBeGreaterThanOrEqual(0);
    }
    expect(steps.at(-1)?.secondsLeft).toBe(0);
    expect(outcome).toMatchObject({ steps: 48, finished: 'done', loss: mean(losses) });
    expect(outcome.tokens).toBe(steps.reduce((sum, { tokens }) => sum + tokens, 0));
    expect(outcome.peakMemory).toBeGreaterThan(1e7);
    expect(outcome.best).toBeUndefined();
    task.model.dispose();
  });

  it('steps with the rate that the schedule says: none at the beginning of the warm-up', async () => {
    const task = await newTask();
    const before = weightsOf(task.model);
    await run(task, { maxSteps: 1, warmupRatio: 1, learningRate: 1e-3 });
    expect(weightsOf(task.model)).toEqual(before);
    task.model.dispose();
  });

  it.each([
    ['linear', [0, 0.5, 1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6]],
    ['constant', [0, 0.5, 1, 1, 1, 1, 1, 1]],
    ['cosine', [0, 0.5, ...[0, 1, 2, 3, 4, 5].map((i) => 0.5 * (1 + Math.cos((Math.PI * i) / 6)))]],
  ] as const)('follows the %s schedule with warm-up', async (schedule, factors) => {
    const task = await newTask();
    const { events } = await run(task, { schedule, warmupRatio: 0.2, learningRate: 1e-3 });
    const rates = stepsOf(events).map(({ learningRate }) => learningRate * 1e3);
    expect(rates).toHaveLength(8);
    for (const [i, rate] of rates.entries()) expect(rate).toBeCloseTo(factors[i] as number, 12);
    task.model.dispose();
  });

  it('is decided by the seed, whatever else draws random numbers', async () => {
    const weights = async (seed: number, draws: boolean): Promise<string> => {
      const task = await newTask();
      const onEvent = () => draws && scope(() => void randn([7]));
      await run(task, { seed, maxSteps: 5 }, { runFolder: join(folder, `${seed} ${draws}`), onEvent });
      const all = weightsOf(task.model);
      task.model.dispose();
      return all;
    };
    const [quiet, disturbed, other] = [
      await weights(1, false),
      await weights(1, true),
      await weights(2, false),
    ];
    expect(disturbed).toBe(quiet);
    expect(other).not.toBe(quiet);
  });

  it('trains what is not frozen, and nothing else', async () => {
    const task = await newTask();
    task.model.freeze('embeddings');
    const before = new Map(task.model.namedParameters().map(([name, tensor]) => [name, tensor.toArray()]));
    await run(task, { maxSteps: 4, learningRate: 1e-3 });
    const changed = task.model.namedParameters().filter(([name, tensor]) => {
      return JSON.stringify(tensor.toArray()) !== JSON.stringify(before.get(name));
    });
    const trainable = task.model.namedParameters().filter(([, tensor]) => tensor.requiresGrad);
    expect(changed.map(([name]) => name)).toEqual(trainable.map(([name]) => name));
    expect(changed.every(([name]) => name.startsWith('encoder.'))).toBe(true);
    task.model.freeze();
    await expect(run(task, {}, { runFolder: join(folder, 'frozen') })).rejects.toThrow(
      /something left to train/,
    );
    task.model.dispose();
  });

  it('computes in bfloat16 with parameters in float32', async () => {
    const losses: number[][] = [];
    for (const precision of ['float32', 'bfloat16'] as const) {
      const task = await newTask();
      const { events } = await run(task, { precision, maxSteps: 6 }, { runFolder: join(folder, precision) });
      losses.push(stepsOf(events).map(({ loss }) => loss));
      expect(task.model.parameters().every(({ dtype }) => dtype === 'float32')).toBe(true);
      task.model.dispose();
    }
    const [exact = [], rough = []] = losses;
    expect(rough).not.toEqual(exact);
    expect(Math.abs(mean(rough) - mean(exact))).toBeLessThan(0.1);
  });

  it('leaks nothing, and keeps memory flat', async () => {
    const task = await newTask();
    await run(task, { maxSteps: 2 }, { runFolder: join(folder, 'first') });
    const loop = train(task, { epochs: 3, checkpointEvery: 4 }, { runFolder: join(folder, 'second') });
    await loop.next();
    const leak = await leakOf(async () => {
      for (let i = 0; i < 10; i++) await loop.next();
    });
    expect(leak).toEqual({ tensors: 0, bytes: 0 });
    const whole = await leakOf(() => run(task, { maxSteps: 3 }, { runFolder: join(folder, 'third') }));
    expect(whole).toEqual({ tensors: 0, bytes: 0 });
    await loop.return(undefined as never);
    task.model.dispose();
  });

  it('lets the event loop run once a step', async () => {
    const task = await newTask();
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await run(task);
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(4);
    task.model.dispose();
  });

  it('lists everything that is wrong with the settings', async () => {
    const task = await newTask();
    const wrong = { epochs: -1, schedule: 'line', warmup: 3 } as unknown as TrainingSettings;
    const error = await run(task, wrong).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems.map(({ field }) => field).sort()).toEqual([
      'epochs',
      'schedule',
      'warmup',
    ]);
    await expect(run({ ...task, batchesPerEpoch: 0 })).rejects.toThrow(/at least one batch/);
    await expect(run({ ...task, epoch: () => [] })).rejects.toThrow(/none in epoch 0/);
    task.model.dispose();
  });
});

describe('evaluation on dev', () => {
  const evaluations = (events: readonly RunEvent[]) =>
    events.filter((event): event is EvaluationEvent => event.type === 'evaluation');

  it('comes at the start, every n steps and at the end, with dropout off', async () => {
    const task = await newTask();
    const modes: boolean[] = [];
    const evaluate = async () => {
      modes.push(task.model.modules().some(({ training }) => training));
      return { 'ndcg@10': modes.length };
    };
    const { events } = await run({ ...task, evaluate }, { evaluateEvery: 3 });
    expect(evaluations(events).map(({ step }) => step)).toEqual([0, 3, 6, 8]);
    expect(modes).toEqual([false, false, false, false]);
    const { events: byEpoch } = await run(
      { ...task, evaluate },
      { epochs: 2, evaluateAtStart: false },
      { runFolder: join(folder, 'epochs') },
    );
    expect(evaluations(byEpoch).map(({ step }) => step)).toEqual([8, 16]);
    task.model.dispose();
  });

  it('keeps the best weights and restores every one of them', async () => {
    const task = await newTask();
    const seen: string[] = [];
    const { outcome, events } = await run(
      scripted(task, [0.1, 0.5, 0.4, 0.3]),
      { evaluateEvery: 2, maxSteps: 6, learningRate: 1e-3 },
      {
        onEvent: (event) => event.type === 'evaluation' && seen.push(weightsOf(task.model)),
      },
    );
    expect(outcome.best).toMatchObject({ step: 2, metric: 0.5 });
    expect(outcome.finished).toBe('done');
    expect(weightsOf(task.model)).toBe(seen[1]);
    expect(new Set(seen).size).toBe(4);
    const best = events.filter((event) => event.type === 'checkpoint' && event.best);
    expect(best.map((event) => 'step' in event && event.step)).toEqual([0, 2]);
    task.model.dispose();
  });

  it('stops early by patience', async () => {
    const task = scripted(await newTask(), [0.5, 0.6, 0.6, 0.1, 0.9]);
    const { outcome, events } = await run(task, { evaluateEvery: 1, patience: 2 });
    expect(outcome).toMatchObject({ finished: 'early stop', steps: 3, best: { step: 1, metric: 0.6 } });
    expect(stepsOf(events)).toHaveLength(3);
    const again = await run(task, { evaluateEvery: 1, patience: 2 }, { resume: true });
    expect(again.outcome).toMatchObject({ finished: 'early stop', steps: 3, best: { step: 1, metric: 0.6 } });
    expect(stepsOf(again.events)).toHaveLength(0);
    task.model.dispose();
  });

  it('names a metric that is not there', async () => {
    const task = scripted(await newTask(), [1]);
    const wrong = run(task, { bestMetric: 'mrr' });
    await expect(wrong).rejects.toMatchObject({
      name: 'BestMetricError',
      metric: 'mrr',
      known: ['ndcg@10', 'other'],
    });
    await expect(run(scripted(task, [Number.NaN]))).rejects.toThrow(/it is NaN/);
    task.model.dispose();
  });
});

describe('a loss that is not finite', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])('%d stops and names the batch', async (bad) => {
    const task = await newTask();
    const batches = [...task.epoch(0)];
    let step = 0;
    let before = '';
    const poisoned: Task = {
      ...task,
      forwardBackward(batch, precision) {
        step++;
        before = weightsOf(task.model);
        const result = task.forwardBackward(batch, precision);
        return step === 4 ? { ...result, loss: bad } : result;
      },
    };
    const error = (await run(poisoned, { checkpointEvery: 2 }).catch(
      (each: unknown) => each,
    )) as NonFiniteLossError;
    expect(error).toBeInstanceOf(NonFiniteLossError);
    expect(error.details).toMatchObject({
      step: 4,
      epoch: 0,
      batch: `rows ${batches[3]?.join(', ')}`,
      lastCheckpoint: join(folder, 'checkpoints', 'step-2'),
    });
    expect(error.message).toContain('step-2');
    expect(weightsOf(task.model), 'the weights of before the step').toBe(before);
    const { outcome } = await run(task, { checkpointEvery: 2 }, { resume: true });
    expect(outcome).toMatchObject({ finished: 'done', steps: 8 });
    task.model.dispose();
  });

  it('so does a gradient', async () => {
    const task = await newTask();
    const poisoned: Task = {
      ...task,
      forwardBackward(batch, precision) {
        const result = task.forwardBackward(batch, precision);
        scope(() => task.model.parameters()[0]?.grad?.mul_(Number.NaN));
        return result;
      },
    };
    await expect(run(poisoned)).rejects.toMatchObject({
      name: 'NonFiniteLossError',
      details: { step: 1, gradNorm: Number.NaN, lastCheckpoint: undefined },
    });
    task.model.dispose();
  });
});
