import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../base/errors.ts';
import type { RunEvent, StageEvent } from '../../../base/progress.ts';
import { loadEmbeddingModel } from '../../../models/embedding/index.ts';
import { ModelSourceError } from '../../../models/hub/index.ts';
import { tinyEmbedder } from '../topics.fixture.ts';
import { writeBeirFolder } from './beirFolder.fixture.ts';
import { type TuneOutcome, type TuneSettings, tune, tuneSettings } from './index.ts';

let shared: string;
let base: string;
let data: string;
beforeAll(async () => {
  shared = mkdtempSync(join(tmpdir(), 'ragwright-tune-'));
  base = join(shared, 'base');
  data = join(shared, 'topics');
  const model = tinyEmbedder();
  await model.save(base);
  model.dispose();
  writeBeirFolder(data);
});
afterAll(() => rmSync(shared, { recursive: true, force: true }));

let run: string;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'ragwright-tune-run-'));
});
afterEach(() => rmSync(run, { recursive: true, force: true }));

const training = { learningRate: 5e-3, batchSize: 20, epochs: 12 };

async function tuned(
  settings: Partial<TuneSettings>,
  onEvent?: (event: RunEvent, controller: AbortController) => void,
): Promise<TuneOutcome & { readonly events: RunEvent[] }> {
  const controller = new AbortController();
  const resolved = tuneSettings.parse({
    documents: data,
    model: base,
    precision: 'float32',
    training,
    reranker: false, // see rerankerStage.test.ts
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

const stagesOf = (events: readonly RunEvent[]): string[] =>
  events
    .filter((event): event is StageEvent => event.type === 'stage' && event.status === 'done')
    .map((e) => e.stage);

describe('tune', () => {
  it('measures, tunes, proves the gain, and hands the better model over with a report', async () => {
    const { verdict, comparisons, model, report, events } = await tuned({});
    const decider = comparisons.find(({ metric }) => metric === 'ndcg@10');
    expect(verdict).toMatchObject({ outcome: 'better', kept: 'tuned', metric: 'ndcg@10' });
    expect(decider?.base).toBeLessThan(0.35);
    expect(decider?.tuned).toBeGreaterThan(0.6);
    expect(decider?.queries).toBe(60);
    expect(decider?.pValue).toBeLessThan(0.05);
    const told = [
      'load',
      'model',
      'index',
      'ingest',
      'evaluate base',
      'mine',
      'train',
      'evaluate tuned',
      'report',
    ];
    expect(
      stagesOf(events).filter((stage, i, all) => told.includes(stage) && all.indexOf(stage) === i),
    ).toEqual(told);

    const page = readFileSync(report as string, 'utf8');
    expect(page).toContain((decider as { tuned: number }).tuned.toFixed(3));
    expect(readFileSync(join(model as string, 'README.md'), 'utf8')).toContain('sentence-transformers');
    const again = await loadEmbeddingModel(model as string);
    const before = await loadEmbeddingModel(base);
    expect(again.fingerprint()).not.toBe(before.fingerprint());
    again.dispose();
    before.dispose();
  });

  it('keeps the base model if nothing is gained', async () => {
    const { verdict, model } = await tuned({ training: { ...training, epochs: 1, learningRate: 1e-9 } });
    expect(verdict).toMatchObject({ outcome: 'not shown', kept: 'base' });
    const kept = await loadEmbeddingModel(model as string);
    const before = await loadEmbeddingModel(base);
    expect(kept.fingerprint()).toBe(before.fingerprint());
    kept.dispose();
    before.dispose();
    expect(existsSync(join(run, 'tuned', 'model.safetensors'))).toBe(true);
  });

  it('goes on where it was interrupted, and ends as if it had not been', async () => {
    const whole = await tuned({});
    const wanted = readFileSync(join(run, 'model', 'model.safetensors'));
    rmSync(run, { recursive: true });
    mkdirSync(run);
    const broken = await tuned({}, (event, controller) => {
      if (event.type === 'step' && event.step === 20) controller.abort();
    });
    expect(broken.finished).toBe('interrupted');
    const resumed = await tuned({});
    const steps = resumed.events.filter((event) => event.type === 'step').map(({ step }) => step);
    expect(steps[0]).toBe(21);
    expect(resumed.comparisons).toEqual(whole.comparisons);
    expect(readFileSync(join(run, 'model', 'model.safetensors')).equals(wanted)).toBe(true);
  });

  it('is interrupted in any stage without an error', async () => {
    for (const stage of ['load', 'ingest', 'evaluate base', 'mine']) {
      const { finished } = await tuned({}, (event, controller) => {
        if (event.type === 'stage' && event.stage === stage) controller.abort();
      });
      expect(finished).toBe('interrupted');
    }
  });

  it('never trains on dev or test', async () => {
    await tuned({ training: { ...training, epochs: 1 } });
    const { data: summary } = JSON.parse(readFileSync(join(run, 'report.json'), 'utf8'));
    expect(summary.splits).toEqual([
      { name: 'train', queries: 120, judgements: 240 },
      { name: 'dev', queries: 20, judgements: 40 },
      { name: 'test', queries: 60, judgements: 120 },
    ]);
    expect(summary.trainPairs).toBe(240);
  });

  it('learns from a file of pairs by named columns', async () => {
    const file = join(shared, 'pairs.jsonl');
    const rows = Array.from({ length: 40 }, (_, i) => {
      return {
        question: `ask${i % 20}x${i % 4} the1`,
        answer: `tell${i % 20}x0 tell${i % 20}x${1 + (i % 3)} the${i % 7}`,
      };
    });
    writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const pairs = { from: 'jsonl', file, columns: { query: 'question', positive: 'answer' } } as const;
    const { finished } = await tuned({
      pairs,
      training: { ...training, epochs: 1 },
      store: { kind: 'memory' },
    });
    expect(finished).toBe('done');
    const { data: summary } = JSON.parse(readFileSync(join(run, 'report.json'), 'utf8'));
    expect(summary.pairsFrom).toContain('pairs.jsonl');
    expect(
      summary.splits.map(({ queries }: { queries: number }) => queries).every((n: number) => n > 0),
    ).toBe(true);
  });

  it('makes queries from the documents alone, and a model from scratch if there is none and that is wanted', async () => {
    const folder = join(shared, 'handbook');
    mkdirSync(folder, { recursive: true });
    for (let i = 0; i < 24; i++) {
      const text = `# Organ number ${i}\n\nThe organ ${i} lies in region ${i * 7} of the body. Its colour is shade ${i * 3}. It weighs ${i + 10} grams and works at night. Nobody knows why organ ${i} exists.\n`;
      writeFileSync(join(folder, `organ-${i}.md`), text);
    }
    const settings = {
      documents: folder,
      model: join(shared, 'nowhere'),
      training: { ...training, epochs: 1 },
    };
    await expect(tuned(settings)).rejects.toBeInstanceOf(ModelSourceError);
    const { fromScratch, report, events } = await tuned({ ...settings, fallback: 'from-scratch' });
    expect(fromScratch).toBe(true);
    expect(readFileSync(report as string, 'utf8')).toMatch(/from scratch/i);
    expect(readFileSync(join(run, 'model', 'README.md'), 'utf8')).toMatch(/from scratch/i);
    const notice = events.find((event) => event.type === 'notice' && event.level === 'warning');
    expect(notice).toMatchObject({ message: expect.stringContaining('nowhere') });
  });

  it('refuses to go on in the folder of another base model, and chunks that the tuned model would cut', async () => {
    await tuned({ training: { ...training, epochs: 1, maxSteps: 1 } });
    const other = join(shared, 'other');
    const model = tinyEmbedder(2);
    await model.save(other);
    model.dispose();
    await expect(tuned({ model: other })).rejects.toThrow(/another base model/);
    await expect(tuned({ chunks: { kind: 'semantic' } })).rejects.toThrow(/chunks\.kind/);
  });

  it('tells of queries that are in two splits', async () => {
    const leaking = join(shared, 'leaking');
    writeBeirFolder(leaking);
    const qrels = join(leaking, 'qrels', 'test.tsv');
    writeFileSync(qrels, `${readFileSync(qrels, 'utf8')}train-0-0\td0-0\t1\n`);
    const { events } = await tuned({ documents: leaking, training: { ...training, epochs: 1, maxSteps: 1 } });
    const told = events.filter((event) => event.type === 'notice').map(({ message }) => message);
    expect(told.some((message) => message.includes('in more than one split'))).toBe(true);
  });

  it('says what is missing when there is nothing to read or to learn from', async () => {
    const empty = join(shared, 'empty');
    mkdirSync(empty, { recursive: true });
    await expect(tuned({ documents: empty })).rejects.toBeInstanceOf(ConfigError);
    writeFileSync(join(empty, 'one.txt'), 'Only one document, and it is short.');
    await expect(tuned({ documents: empty })).rejects.toThrow(/pairs \(t/);
  });
});
