import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory } from '@ragwright/torch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import type { EvaluationEvent, RunEvent, StageEvent } from '../../base/progress.ts';
import { readRunEvents } from '../../base/runFolder.ts';
import { type CrossEncoder, loadCrossEncoder } from '../../models/reranking/index.ts';
import { ObjectiveError } from '../objectives/index.ts';
import { type TunedReranker, type TuneRerankerOptions, tuneReranker } from './index.ts';
import { tinyCrossEncoder, topicsLists } from './rerankerTopics.fixture.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragwright-reranker-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const { lists, dev } = topicsLists();
const quick = { learningRate: 3e-3, batchSize: 12, epochs: 2 };
const thorough = { learningRate: 2e-3, batchSize: 8, epochs: 30 };

async function tuned(
  options: Omit<TuneRerankerOptions, 'runFolder'> & { readonly runFolder?: string },
  onEvent?: (event: RunEvent) => void,
): Promise<TunedReranker & { readonly events: RunEvent[] }> {
  const events: RunEvent[] = [];
  const recipe = tuneReranker({ runFolder: folder, ...options });
  for (;;) {
    const next = await recipe.next();
    if (next.done) return { ...next.value, events };
    events.push(next.value);
    onEvent?.(next.value);
  }
}

const weightsOf = (model: CrossEncoder): Map<string, unknown> =>
  new Map([...model.stateDict()].map(([name, tensor]) => [name, tensor.toArray()]));

const ndcg = (events: readonly RunEvent[]): number[] =>
  events
    .filter((event): event is EvaluationEvent => event.type === 'evaluation')
    .map(({ metrics }) => metrics['ndcg@10'] as number);

describe('tuneReranker', () => {
  it.each(['BinaryCrossEntropy', 'Lambda', 'MultipleNegativesRanking'] as const)(
    'by %s a model ranks what it did not, is saved, and tells the story',
    async (objective) => {
      const live = memory().liveTensors;
      const model = tinyCrossEncoder(1, 0);
      const before = weightsOf(model);
      const settings = { ...thorough, objective };
      const { events, outcome, folder: saved } = await tuned({ model, lists, dev, settings });

      const curve = ndcg(events);
      expect(curve[0]).toBeLessThan(0.6);
      expect(outcome.best?.metric).toBeGreaterThan(0.9);
      expect(outcome.best?.metric).toBe(Math.max(...curve));

      const after = weightsOf(model);
      const moved = [...after.keys()].filter(
        (name) => JSON.stringify(after.get(name)) !== JSON.stringify(before.get(name)),
      );
      expect(moved).toEqual(expect.arrayContaining(['head.classifier.weight', 'head.pooler.dense.weight']));
      expect(moved.length).toBeGreaterThan(before.size - 3);

      const loaded = await loadCrossEncoder(saved as string);
      const pairs = lists.slice(0, 5).map(({ query, documents }) => [query, documents[0] ?? ''] as const);
      expect(await loaded.score(pairs)).toEqual(await model.score(pairs));
      loaded.dispose();

      const stages = events.filter((event): event is StageEvent => event.type === 'stage');
      const told = ['check lists', 'prepare reranker', 'train reranker', 'save reranker'];
      expect(stages.map(({ stage }) => stage)).toEqual(told.flatMap((stage) => [stage, stage]));
      expect(stages[1]?.summary).toMatch(/^120 lists of \d\.\d documents, .*, batches of 8$/);
      const recorded = await readRunEvents(folder);
      expect(recorded.map(({ time, ...event }) => event)).toEqual(JSON.parse(JSON.stringify(events)));
      const config = JSON.parse(readFileSync(join(folder, 'config.resolved.json'), 'utf8'));
      expect(config).toMatchObject({ recipe: 'reranker', batchSize: 8, objective: { name: objective } });
      model.dispose();
      expect(memory().liveTensors).toBe(live);
    },
  );

  it('in-batch negatives of 8n + 1 bare pairs: the last batch has someone to lend it one', async () => {
    const pairs = Array.from({ length: 9 }, (_, i) => {
      return { query: `query ${i}`, documents: [`document ${i}`], labels: [1] };
    });
    const settings = { ...quick, batchSize: 8, epochs: 1, objective: 'MultipleNegativesRanking' as const };
    const { outcome } = await tuned({ model: tinyCrossEncoder(), lists: pairs, settings });
    expect(outcome.finished).toBe('done');
  });

  it('says how many lists teach nothing, and trains on the others', async () => {
    const zeros = lists.slice(0, 9).map((list) => ({ ...list, labels: list.labels.map(() => 0) }));
    const settings = { ...quick, epochs: 1, batchSize: 1, objective: 'Lambda' as const };
    const run = { model: tinyCrossEncoder(), lists: [...zeros, ...lists.slice(9, 12)], settings };
    const { outcome, events } = await tuned(run);
    expect(outcome.steps).toBeLessThanOrEqual(3);
    expect(events).toContainEqual({
      type: 'notice',
      level: 'warning',
      message: expect.stringMatching(/^(9|1\d) of 12 lists teach Lambda nothing/),
    });
  });

  it('interrupted and resumed, the weights are the same to the bit', async () => {
    const settings = { ...quick, objective: 'MultipleNegativesRanking' as const }; // draws in-batch negatives
    const whole = tinyCrossEncoder();
    const { outcome } = await tuned({ model: whole, lists, dev, settings, runFolder: join(folder, 'whole') });
    expect(outcome.steps).toBe(20);
    let stops = 0;
    let last: TunedReranker;
    do {
      const model = tinyCrossEncoder(5 + stops); // other weights: the checkpoint's must be taken
      if (stops === 0) model.loadStateDict(tinyCrossEncoder().stateDict());
      const stop = new AbortController();
      last = await tuned({ model, lists, dev, settings, resume: true, signal: stop.signal }, (event) => {
        if (event.type === 'step' && event.step % 8 === 0) stop.abort();
      });
      stops++;
    } while (last.outcome.finished === 'interrupted');
    expect(stops).toBe(3);
    expect(weightsOf(last.model)).toEqual(weightsOf(whole));
    const steps = (await readRunEvents(folder)).filter(({ type }) => type === 'step');
    expect(steps).toHaveLength(20);
  });

  it('cut into pieces that fit memory, the result is the same', async () => {
    const run = async (tokensInMemory: number | 'auto', name: string) => {
      const model = tinyCrossEncoder(1, 0);
      const settings = { ...quick, maxSteps: 5, tokensInMemory, objective: 'ListNet' as const };
      await tuned({ model, lists, settings, runFolder: join(folder, name) });
      return model.stateDict().get('head.classifier.weight')?.toArray() as number[][];
    };
    const [all, pieces] = [await run(1e6, 'all'), await run(60, 'pieces')];
    for (const [i, value] of (all[0] ?? []).entries()) expect(pieces[0]?.[i]).toBeCloseTo(value, 4);
  });

  it('trains LoRA adapters with a new head, merges them, and leaves the rest of the encoder alone', async () => {
    const model = tinyCrossEncoder(1, 0);
    const before = weightsOf(model);
    const settings = { ...quick, learningRate: 1e-2, lora: { rank: 4 } };
    const { adapter } = await tuned({ model, lists, settings });
    expect(adapter).toBe(join(folder, 'adapter'));
    const after = weightsOf(model);
    const moved = [...after.keys()].filter(
      (name) => JSON.stringify(after.get(name)) !== JSON.stringify(before.get(name)),
    );
    expect(moved).toContain('head.classifier.weight');
    expect(moved.some((name) => name.includes('attention.self.query.weight'))).toBe(true);
    expect(moved.some((name) => name.includes('embeddings'))).toBe(false);
  });

  it('says what is wrong before anything is trained', async () => {
    const model = tinyCrossEncoder();
    const broken = [
      { query: ' ', documents: ['a'], labels: [1] },
      { query: 'q', documents: [], labels: [] },
    ];
    const error = await tuned({ model, lists: broken }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems.map(({ field }) => field)).toEqual([
      'lists[0].query',
      'lists[1].documents',
    ]);
    const grades = [{ query: 'q', documents: ['a', 'b'], labels: [3, 0] }];
    const objective = 'BinaryCrossEntropy' as const;
    await expect(tuned({ model, lists: grades, settings: { objective } })).rejects.toThrow(ObjectiveError);
    await expect(tuned({ model, lists: [] })).rejects.toThrow(ObjectiveError);
    await expect(tuned({ model, lists, settings: { objective: 'CrossEntropy' } })).rejects.toThrow(
      'model.settings.labels: expected several for CrossEntropy, got 1',
    );
    await expect(
      tuned({ model, lists, settings: { objective: { name: 'Lambda', k: 0 } } as never }),
    ).rejects.toThrow(/objective\.k/);
    await expect(tuned({ model, lists, settings: { batchsize: 3 } as never })).rejects.toThrow('batchsize');
    model.dispose();
  });
});
