import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory } from '@ragwright/torch';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunEvent, StageEvent } from '../../../base/progress.ts';
import { loadCrossEncoder } from '../../../models/reranking/index.ts';
import { tinyCrossEncoder } from '../rerankerTopics.fixture.ts';
import { tinyEmbedder } from '../topics.fixture.ts';
import { writeBeirFolder } from './beirFolder.fixture.ts';
import { readPipeline, type TuneOutcome, type TuneSettings, tune, tuneSettings } from './index.ts';

let shared: string;
let base: string;
let data: string;
beforeAll(async () => {
  shared = mkdtempSync(join(tmpdir(), 'ragwright-stages-'));
  base = join(shared, 'base');
  data = join(shared, 'topics');
  const model = tinyEmbedder(1, 0);
  await model.save(base);
  model.dispose();
  writeBeirFolder(data, 6, 20);
});
afterAll(() => rmSync(shared, { recursive: true, force: true }));

let run: string;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'ragwright-stages-run-'));
});
afterEach(() => rmSync(run, { recursive: true, force: true }));

/** An embedding model that learns nothing: what is gained, the reranker gains. */
const nothing = { learningRate: 1e-9, batchSize: 6, maxSteps: 2 };
const reranker = {
  candidates: 12,
  negatives: { ranges: [{ to: 8, negatives: 2 }], random: 1 },
  training: { learningRate: 2e-3, batchSize: 8, epochs: 30 },
};

async function tuned(
  settings: Partial<TuneSettings>,
  onEvent?: (event: RunEvent, controller: AbortController) => void,
): Promise<TuneOutcome & { readonly events: RunEvent[] }> {
  const controller = new AbortController();
  const resolved = tuneSettings.parse({
    documents: data,
    model: base,
    precision: 'float32',
    training: nothing,
    reranker,
    ...settings,
  });
  const story = tune(resolved, { runFolder: run, signal: controller.signal });
  const events: RunEvent[] = [];
  for (;;) {
    const next = await story.next();
    if (next.done) return { ...next.value, events };
    events.push(next.value);
    onEvent?.(next.value, controller);
  }
}

describe('tune with a reranker', () => {
  it('trains it on what the kept model finds, proves the gain of the pipeline, and hands it over', async () => {
    const live = memory().liveTensors;
    const { verdict, reranker: second, report, events } = await tuned({});
    expect(verdict?.kept).toBe('base');
    expect(second?.verdict).toMatchObject({ outcome: 'better', kept: 'reranker', metric: 'ndcg@10' });
    const [retriever, last] = second?.stages ?? [];
    expect(second?.stages.map(({ name }) => name)).toEqual(['base embedder', '+ tuned reranker']);
    expect(retriever?.metrics['ndcg@10']).toBeLessThan(0.65);
    expect(last?.metrics['ndcg@10']).toBeGreaterThan(0.85);
    const told = [
      'reranker',
      'mine for the reranker',
      'train reranker',
      'fit to dev',
      'evaluate pipeline',
      'report',
    ];
    const stages = events
      .filter((event): event is StageEvent => event.type === 'stage' && event.status === 'done')
      .map(({ stage }) => stage);
    expect(stages.filter((stage) => told.includes(stage))).toEqual(told);

    const pipeline = await readPipeline(run);
    expect(pipeline).toMatchObject({ model: 'model', index: 'base', reranker: { candidates: 12 } });
    expect(pipeline?.reranker?.weight).toBe(second?.weight);
    expect(pipeline?.reranker?.calibration).toMatchObject({ kind: 'temperature' });
    const model = await loadCrossEncoder(join(run, pipeline?.reranker?.folder as string));
    expect(model.hasNewHead).toBe(false);
    model.dispose();
    const page = readFileSync(report as string, 'utf8');
    expect(page).toContain('tuned reranker');
    expect(page).toContain((last as { metrics: Record<string, number> }).metrics['ndcg@10']?.toFixed(3));
    expect(memory().liveTensors).toBe(live);
  });

  it('leaves out a reranker that is not shown to help, and says so', async () => {
    const useless = {
      ...reranker,
      weight: 1,
      training: { ...reranker.training, maxSteps: 2, learningRate: 1e-9 },
    };
    const { reranker: second, report, events } = await tuned({ reranker: useless });
    expect(second?.verdict.kept).toBe('retriever');
    expect(second?.folder).toBeUndefined();
    expect((await readPipeline(run))?.reranker).toBeUndefined();
    const notices = events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));
    expect(notices.some((message) => message.includes('is left out'))).toBe(true);
    expect(readFileSync(report as string, 'utf8')).toContain('left out');
    expect(existsSync(join(run, 'reranker', 'model', 'model.safetensors'))).toBe(true);
  });

  it('does not go on with another base reranker, and an unfinished rerun leaves no old pipeline behind', async () => {
    const brief = { ...reranker, training: { ...reranker.training, maxSteps: 2 } };
    await tuned({ reranker: brief });
    expect(await readPipeline(run)).toBeDefined();
    const again = await tuned({ reranker: brief }, (event, controller) => {
      if (event.type === 'stage' && event.stage === 'mine for the reranker') controller.abort();
    });
    expect(again.finished).toBe('interrupted');
    expect(await readPipeline(run)).toBeUndefined();
    const folder = join(shared, 'another');
    const model = tinyCrossEncoder(9, 0);
    await model.save(folder);
    model.dispose();
    const other = tuned({ reranker: { ...brief, model: folder } });
    await expect(other).rejects.toThrow(/reranker.*another base model/);
  });

  it('measures a cross-encoder that can rank already as it was, too', async () => {
    const folder = join(shared, 'cross-encoder');
    const model = tinyCrossEncoder(3, 0);
    await model.save(folder);
    model.dispose();
    const { reranker: second } = await tuned({ reranker: { ...reranker, model: folder } });
    expect(second?.stages.map(({ name }) => name)).toEqual([
      'base embedder',
      '+ base reranker',
      '+ tuned reranker',
    ]);
  });

  it('goes on where it was interrupted, and ends as if it had not been', async () => {
    const whole = await tuned({});
    const weights = readFileSync(join(run, 'reranker', 'model', 'model.safetensors'));
    rmSync(run, { recursive: true });
    const broken = await tuned({}, (event, controller) => {
      if (event.type === 'step' && event.stage === 'train reranker' && event.step === 60) controller.abort();
    });
    expect(broken).toMatchObject({ finished: 'interrupted' });
    const resumed = await tuned({});
    const steps = resumed.events.flatMap((event) =>
      event.type === 'step' && event.stage === 'train reranker' ? [event.step] : [],
    );
    expect(steps[0]).toBe(61);
    expect(resumed.reranker).toEqual(whole.reranker);
    expect(readFileSync(join(run, 'reranker', 'model', 'model.safetensors')).equals(weights)).toBe(true);
    const recorded = readFileSync(join(run, 'events.jsonl'), 'utf8').split('\n');
    const trained = recorded.filter((line) => line.includes('"type":"step","stage":"train reranker"'));
    expect(trained).toHaveLength(
      whole.events.filter((e) => e.type === 'step' && e.stage === 'train reranker').length,
    );
    for (const stage of ['mine for the reranker', 'fit to dev', 'evaluate pipeline']) {
      const { finished } = await tuned({}, (event, controller) => {
        if (event.type === 'stage' && event.stage === stage) controller.abort();
      });
      expect(finished).toBe('interrupted');
    }
  });
});
