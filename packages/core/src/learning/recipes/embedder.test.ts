import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory } from '@ragwright/torch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import type { EvaluationEvent, RunEvent, StageEvent } from '../../base/progress.ts';
import { readRunEvents } from '../../base/runFolder.ts';
import { loadEmbeddingModel } from '../../models/embedding/index.ts';
import { type TunedEmbedder, type TuneEmbedderOptions, tuneEmbedder } from './index.ts';
import { tinyEmbedder, topicsCorpus, weightsOf } from './topics.fixture.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragwright-recipe-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const { pairs, dev } = topicsCorpus();
const quick = { learningRate: 5e-3, batchSize: 20, epochs: 6 };
const thorough = { ...quick, epochs: 15 };

async function tuned(
  options: Omit<TuneEmbedderOptions, 'runFolder'> & { readonly runFolder?: string },
  onEvent?: (event: RunEvent) => void,
): Promise<TunedEmbedder & { readonly events: RunEvent[] }> {
  const events: RunEvent[] = [];
  const recipe = tuneEmbedder({ runFolder: folder, ...options });
  for (;;) {
    const next = await recipe.next();
    if (next.done) return { ...next.value, events };
    events.push(next.value);
    onEvent?.(next.value);
  }
}

const ndcg = (events: readonly RunEvent[]): number[] =>
  events
    .filter((event): event is EvaluationEvent => event.type === 'evaluation')
    .map(({ metrics }) => metrics['ndcg@10'] as number);

const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

describe('tuneEmbedder', () => {
  it('makes a model find what it did not find, saves it, and tells the story', async () => {
    const live = memory().liveTensors;
    const model = tinyEmbedder();
    const before = weightsOf(model);
    const { events, outcome, folder: saved } = await tuned({ model, pairs, dev, settings: thorough });

    const curve = ndcg(events);
    expect(curve[0]).toBeLessThan(0.3);
    expect(outcome.best?.metric).toBeGreaterThan(0.75);
    expect(outcome.best?.metric).toBe(Math.max(...curve));
    expect(outcome.finished).toBe('done');

    const after = weightsOf(model);
    const moved = [...after.keys()].filter(
      (name) => JSON.stringify(after.get(name)) !== JSON.stringify(before.get(name)),
    );
    const still = [...after.keys()].filter((name) => !moved.includes(name));
    expect(
      still.every((name) => name.includes('pooler')),
      still.join(),
    ).toBe(true);
    expect(moved.length).toBeGreaterThan(30);

    const loaded = await loadEmbeddingModel(saved as string);
    const [text = ''] = dev.queries.values();
    expect(await loaded.encode([text])).toEqual(await model.encode([text]));
    loaded.dispose();

    const stages = events.filter((event): event is StageEvent => event.type === 'stage');
    const told = ['check pairs', 'prepare model', 'train', 'save model'];
    expect(stages.map(({ stage }) => stage)).toEqual(told.flatMap((stage) => [stage, stage]));
    expect(stages[1]?.summary).toBe(
      '120 pairs, 1 hard negatives each, MultipleNegativesRanking, batches of 20',
    );
    const recorded = await readRunEvents(folder);
    expect(recorded.map(({ time, ...event }) => event)).toEqual(JSON.parse(JSON.stringify(events)));
    const config = JSON.parse(readFileSync(join(folder, 'config.resolved.json'), 'utf8'));
    expect(config).toMatchObject({ recipe: 'embedder', batchSize: 20, learningRate: 5e-3, warmupRatio: 0.1 });
    model.dispose();
    expect(memory().liveTensors).toBe(live);
  });

  it('interrupted and resumed, the weights are the same to the bit', async () => {
    const settings = { ...quick, epochs: 2, matryoshka: { dims: [32, 16, 8], dimsPerStep: 2 } };
    const whole = tinyEmbedder();
    const { outcome } = await tuned({ model: whole, pairs, dev, settings, runFolder: join(folder, 'whole') });
    expect(outcome.steps).toBe(12);
    let stops = 0;
    let last: TunedEmbedder;
    do {
      const model = tinyEmbedder(5 + stops); // other weights: the checkpoint's must be taken
      if (stops === 0) model.loadStateDict(tinyEmbedder().stateDict());
      const stop = new AbortController();
      last = await tuned({ model, pairs, dev, settings, resume: true, signal: stop.signal }, (event) => {
        if (event.type === 'step' && event.step % 5 === 0) stop.abort();
      });
      expect(last.folder === undefined).toBe(last.outcome.finished === 'interrupted');
      stops++;
    } while (last.outcome.finished === 'interrupted');
    expect(stops).toBe(3);
    expect(weightsOf(last.model)).toEqual(weightsOf(whole));
    expect(last.outcome).toMatchObject({
      steps: 12,
      loss: outcome.loss,
      best: { metric: outcome.best?.metric },
    });
    const steps = (await readRunEvents(folder)).filter(({ type }) => type === 'step');
    expect(steps).toHaveLength(12);
  });

  it('trains LoRA adapters, merges them, and leaves the rest of the weights alone', async () => {
    const model = tinyEmbedder(1, 0); // an adapter needs something to adapt
    await tuned({ model, pairs, settings: { ...quick, epochs: 2 }, runFolder: join(folder, 'base') });
    const before = weightsOf(model);
    const names = [...before.keys()];
    const settings = { ...quick, epochs: 10, learningRate: 1e-2, lora: { rank: 8 } };
    const { adapter, folder: saved, outcome, events } = await tuned({ model, pairs, dev, settings });
    const losses = events.flatMap((event) => (event.type === 'step' ? [event.loss] : []));
    expect(mean(losses.slice(-6))).toBeLessThan(mean(losses.slice(0, 6)) - 1);
    expect(outcome.finished).toBe('done');
    expect([...model.stateDict().keys()]).toEqual(names);
    const after = weightsOf(model);
    const moved = names.filter(
      (name) => JSON.stringify(after.get(name)) !== JSON.stringify(before.get(name)),
    );
    expect(moved).toHaveLength(2 * 6);
    expect(moved.every((name) => /layer\.\d.*weight$/.test(name) && !name.includes('LayerNorm'))).toBe(true);
    expect(existsSync(join(adapter as string, 'adapter_config.json'))).toBe(true);
    const loaded = await loadEmbeddingModel(saved as string);
    expect(weightsOf(loaded)).toEqual(after);
    expect(model.parameters().every(({ requiresGrad }) => requiresGrad)).toBe(true);
  });

  it('an interrupted LoRA run leaves a model without adapters, and goes on', async () => {
    const settings = { ...quick, epochs: 1, lora: {}, freeze: { layers: 1 } };
    const model = tinyEmbedder();
    const names = [...model.stateDict().keys()];
    const stop = new AbortController();
    const first = await tuned({ model, pairs, settings, signal: stop.signal }, (event) => {
      if (event.type === 'step' && event.step === 2) stop.abort();
    });
    expect(first.outcome).toMatchObject({ finished: 'interrupted', steps: 2 });
    expect([...model.stateDict().keys()]).toEqual(names);
    const { outcome } = await tuned({ model, pairs, settings, resume: true });
    expect(outcome).toMatchObject({ finished: 'done', steps: 6 });
    expect(outcome.best).toBeUndefined();
  });

  it('freezes embeddings and lower layers', async () => {
    const model = tinyEmbedder();
    const before = weightsOf(model);
    await tuned({ model, pairs, settings: { ...quick, epochs: 1, freeze: { embeddings: true, layers: 1 } } });
    const after = weightsOf(model);
    for (const [name, weights] of after) {
      if (name.includes('pooler')) continue;
      const isSame = JSON.stringify(weights) === JSON.stringify(before.get(name));
      expect(isSame, name).toBe(!name.includes('layer.1.'));
    }
  });

  it('cuts a batch to what memory holds: the same course up to rounding', async () => {
    const losses: number[][] = [];
    for (const tokensInMemory of [60, 'auto'] as const) {
      const { events } = await tuned({
        model: tinyEmbedder(),
        pairs,
        settings: { ...quick, epochs: 1, tokensInMemory, precision: 'float32' },
        runFolder: join(folder, String(tokensInMemory)),
      });
      losses.push(events.flatMap((event) => (event.type === 'step' ? [event.loss] : [])));
    }
    const [cached = [], whole = []] = losses;
    expect(cached).toHaveLength(6);
    // dropout masks are drawn in another order, so only the first losses are near: they hardly depend on it
    for (const [i, loss] of cached.slice(0, 2).entries())
      expect(Math.abs(loss - (whole[i] as number))).toBeLessThan(0.5);
    expect(cached.at(-1)).toBeLessThan(cached[0] as number);
  });

  it('measures what memory holds before batches that may be too large, and remembers it', async () => {
    const settings = { ...quick, batchSize: 120, maxSteps: 2 };
    const stop = new AbortController();
    const { events } = await tuned(
      { model: tinyEmbedder(), pairs, settings, signal: stop.signal },
      (event) => event.type === 'step' && stop.abort(),
    );
    const told = events.find(
      (event) => event.type === 'stage' && event.stage === 'measure memory' && event.summary,
    );
    expect(told).toMatchObject({ summary: 'whole batches fit' });
    const record = readFileSync(join(folder, 'checkpoints', 'step-1', 'training.json'), 'utf8');
    expect(JSON.parse(record).taskState).toEqual({ tokensInMemory: 'all' });
    const again = await tuned({ model: tinyEmbedder(), pairs, settings, resume: true });
    expect(again.events.some((event) => event.type === 'stage' && event.stage === 'measure memory')).toBe(
      false,
    );
    expect(again.outcome).toMatchObject({ finished: 'done', steps: 2 });
  });

  it('lets a guide model filter the negatives (GIST)', async () => {
    const guide = tinyEmbedder(9);
    const settings = { ...quick, epochs: 1, objective: { name: 'GIST', temperature: 0.05 } } as const;
    await expect(tuned({ model: tinyEmbedder(), pairs, settings })).rejects.toThrow(
      /guide: expected a model, for GIST/,
    );
    const { outcome } = await tuned({ model: tinyEmbedder(), pairs, settings, guide });
    expect(outcome.finished).toBe('done');
    expect(Number.isFinite(outcome.loss)).toBe(true);
  });

  it.each([
    ['Triplet', pairs],
    ['CoSENT', pairs.map(({ query, positive }, i) => ({ query, positive, scores: [i % 2] }))],
    ['AnglE', pairs.map(({ query, positive }, i) => ({ query, positive, scores: [i % 3] }))],
    ['MarginMSE', pairs.map((pair) => ({ ...pair, scores: [0.9, 0.1] }))],
    ['DistillKL', pairs.map((pair) => ({ ...pair, scores: [3, -2] }))],
  ] as const)('trains with %s', async (objective, rows) => {
    const { outcome } = await tuned({
      model: tinyEmbedder(),
      pairs: rows,
      settings: { ...quick, objective, maxSteps: 4 },
    });
    expect(outcome).toMatchObject({ finished: 'done', steps: 4 });
    expect(Number.isFinite(outcome.loss)).toBe(true);
  });
});

describe('what is wrong is said before anything is trained', () => {
  it('settings, all of them with their path', async () => {
    const settings = {
      epochs: 0,
      objective: { name: 'MultipleNegativesRanking', scale: -1, heat: 2 },
      lora: { rank: 0.5 },
      freeze: { layer: 2 },
      batchsize: 3,
    };
    const wrong = tuned({ model: tinyEmbedder(), pairs, settings: settings as never });
    const error = (await wrong.catch((each: unknown) => each)) as ConfigError;
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.problems.map(({ field }) => field).sort()).toEqual([
      'batchsize',
      'epochs',
      'freeze.layer',
      'lora.rank',
      'objective.heat',
      'objective.scale',
    ]);
    const unknown = tuned({ model: tinyEmbedder(), pairs, settings: { objective: 'MNRL' as never } });
    await expect(unknown).rejects.toThrow(/objective.*MultipleNegativesRanking, GIST/);
  });

  it('rows', async () => {
    const rows = [
      ...pairs.slice(0, 3),
      { ...pairs[3], query: ' ' },
      { ...pairs[4], positive: '' },
    ] as typeof pairs;
    const error = (await tuned({ model: tinyEmbedder(), pairs: rows }).catch(
      (each: unknown) => each,
    )) as ConfigError;
    expect(error.problems.map(({ field }) => field)).toEqual(['pairs[3].query', 'pairs[4].positive']);
    const uneven = [...pairs.slice(0, 3), { query: 'a', positive: 'b' }];
    await expect(tuned({ model: tinyEmbedder(), pairs: uneven })).rejects.toThrow(/row 3/);
    const unscored = tuned({ model: tinyEmbedder(), pairs, settings: { objective: 'MarginMSE' } });
    await expect(unscored).rejects.toThrow(/scores/);
    await expect(tuned({ model: tinyEmbedder(), pairs: [] })).rejects.toThrow(/training row/);
  });

  it('a run folder of another run, other data, other settings', async () => {
    const settings = { ...quick, maxSteps: 2 };
    await tuned({ model: tinyEmbedder(), pairs, settings });
    const again = (more: object) => tuned({ model: tinyEmbedder(), pairs, settings, ...more });
    await expect(again({})).rejects.toThrow(/holds a run up to step 2: resume it/);
    await expect(again({ resume: true, pairs: pairs.slice(1) })).rejects.toMatchObject({
      name: 'ResumeMismatchError',
      differences: [{ field: 'data' }],
    });
    const other = { ...settings, batchSize: 10, objective: { name: 'MultipleNegativesRanking', scale: 10 } };
    await expect(again({ resume: true, settings: other })).rejects.toMatchObject({
      differences: [
        { field: 'batchSize', checkpoint: '20', now: '10' },
        { field: 'objective', now: expect.stringContaining('"scale":10') },
      ],
    });
    const { outcome } = await again({ resume: true, settings: { ...settings, checkpointEvery: 1 } });
    expect(outcome).toMatchObject({ finished: 'done', steps: 2 });
  });
});
