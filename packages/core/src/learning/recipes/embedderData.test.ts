import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import type { RunEvent } from '../../base/progress.ts';
import { ObjectiveError } from '../objectives/index.ts';
import type { TrainingPair } from '../pairs/types.ts';
import { type TunedEmbedder, type TuneEmbedderOptions, tuneEmbedder } from './index.ts';
import { tinyEmbedder, topicsCorpus, weightsOf } from './topics.fixture.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragwright-datasets-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const { pairs, dev } = topicsCorpus();
const topicOf = ({ queryId = '' }: TrainingPair) => queryId.split('-')[0] as string;
/** Half of the pairs are right (1), half have another topic's document (0). */
const judged = pairs.flatMap(({ query, positive, negatives = [] }): TrainingPair[] => [
  { query, positive, scores: [1] },
  { query, positive: negatives[0] as string, scores: [0] },
]);
const labelled = pairs.map(
  (pair): TrainingPair => ({ query: pair.query, positive: pair.positive, label: topicOf(pair) }),
);
const quick = { learningRate: 5e-3, batchSize: 20, epochs: 8 };

async function tuned(
  options: Omit<TuneEmbedderOptions, 'runFolder' | 'model'> &
    Partial<Pick<TuneEmbedderOptions, 'runFolder' | 'model'>>,
  onEvent?: (event: RunEvent) => void,
): Promise<TunedEmbedder & { readonly events: RunEvent[] }> {
  const events: RunEvent[] = [];
  const recipe = tuneEmbedder({ model: tinyEmbedder(1, 0), runFolder: folder, ...options });
  for (;;) {
    const next = await recipe.next();
    if (next.done) return { ...next.value, events };
    events.push(next.value);
    onEvent?.(next.value);
  }
}

const dones = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'stage' && event.status === 'done' ? [event.summary ?? ''] : []));

describe('tuneEmbedder by name of the loss', () => {
  it.each([
    ['Contrastive', judged],
    ['OnlineContrastive', judged],
    ['CosineSimilarity', judged],
    ['MegaBatchMargin', pairs.map(({ query, positive }) => ({ query, positive }))],
    ['BatchHardTriplet', labelled],
    ['BatchHardSoftMarginTriplet', labelled],
    ['BatchSemiHardTriplet', labelled],
    ['BatchAllTriplet', labelled],
  ] as const)('%s improves dev', async (objective, rows) => {
    const { outcome, events } = await tuned({ pairs: rows, dev, settings: { ...quick, objective } });
    const first = events.find((event) => event.type === 'evaluation');
    expect(outcome.best?.step).toBeGreaterThan(0);
    expect(outcome.best?.metric).toBeGreaterThan(
      (first as { metrics: Record<string, number> }).metrics['ndcg@10'] as number,
    );
  });

  it('with the embeddings kept apart beside it', async () => {
    const settings = { ...quick, epochs: 1, globalOrthogonalRegularization: {} };
    const { events } = await tuned({ pairs, settings });
    expect(dones(events)[0]).toContain('MultipleNegativesRanking');
    const wrong = { ...settings, globalOrthogonalRegularization: { weights: 1 } };
    await expect(tuned({ pairs, settings: wrong as never, runFolder: join(folder, 'x') })).rejects.toThrow(
      ConfigError,
    );
  });

  it('says what rows lack', async () => {
    const bare = pairs.map(({ query, positive }) => ({ query, positive }));
    await expect(tuned({ pairs: bare, settings: { objective: 'OnlineContrastive' } })).rejects.toThrow(
      ObjectiveError,
    );
    await expect(tuned({ pairs: bare, settings: { objective: 'BatchHardTriplet' } })).rejects.toThrow(
      /label/,
    );
    const contradiction = { sampler: 'random', noDuplicates: true } as const;
    await expect(tuned({ pairs, settings: contradiction })).rejects.toThrow('noDuplicates');
  });
});

describe('tuneEmbedder on several data sets', () => {
  const datasets = [
    { name: 'answers', pairs: pairs.slice(0, 60) },
    { name: 'judged', pairs: judged.slice(0, 80), objective: 'OnlineContrastive' as const },
  ];

  it.each([
    ['proportional', 3 + 4],
    ['roundRobin', 2 * 3],
  ] as const)('%s: a batch is of one of them and has its loss', async (multiDataset, steps) => {
    const settings = { ...quick, epochs: 1, multiDataset };
    const { outcome, events } = await tuned({ datasets, dev, settings });
    expect(outcome.steps).toBe(steps);
    expect(dones(events)[0]).toBe(
      `answers: 60 pairs, 1 hard negatives each, MultipleNegativesRanking; judged: 80 pairs, 0 hard negatives each, OnlineContrastive, ${multiDataset}, batches of 20`,
    );
  });

  it('interrupted and resumed, the weights are the same to the bit', async () => {
    const settings = { ...quick, epochs: 2 };
    const whole = await tuned({ datasets, dev, settings, runFolder: join(folder, 'whole') });
    const stop = new AbortController();
    const model = tinyEmbedder(1, 0);
    await tuned({ model, datasets, dev, settings, signal: stop.signal }, (event) => {
      if (event.type === 'step' && event.step === 5) stop.abort();
    });
    const resumed = await tuned({ model: tinyEmbedder(2, 0), datasets, dev, settings, resume: true });
    expect(weightsOf(resumed.model)).toEqual(weightsOf(whole.model));
  });

  it('refuses what is unclear', async () => {
    await expect(tuned({})).rejects.toThrow('pairs or datasets, got neither');
    await expect(tuned({ pairs, datasets })).rejects.toThrow('got both');
    await expect(tuned({ datasets: [] })).rejects.toThrow('at least one data set');
    const twice = [datasets[0], datasets[0]] as typeof datasets;
    await expect(tuned({ datasets: twice })).rejects.toThrow('a name of its own');
  });
});
