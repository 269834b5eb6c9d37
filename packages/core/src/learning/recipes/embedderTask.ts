import { createHash } from 'node:crypto';
import { fromTypedArray, type Tensor } from '@ragwright/torch';
import { evaluateRetrieval } from '../../evaluation/index.ts';
import type { EmbeddingModel } from '../../models/embedding/index.ts';
import {
  collator,
  datasetOf,
  type EmbeddingBatch,
  knownPositives,
  multiDatasetSampler,
  type TextRole,
} from '../batches/index.ts';
import { embeddingForwardBackward } from '../objectives/index.ts';
import type { TrainingTask } from '../training/index.ts';
import type { DevSet, TuneEmbedderOptions } from './embedder.ts';
import type { TrainingSet } from './embedderData.ts';
import type { ResolvedEmbedderSettings } from './embedderSettings.ts';
import type { MemoryBudget } from './memoryBudget.ts';

type Sources = Pick<TuneEmbedderOptions, 'model' | 'dev' | 'guide'>;

/** A batch of one data set, and the guide's vectors of each column, if there is a guide. */
interface GuidedBatch {
  readonly set: TrainingSet;
  readonly batch: EmbeddingBatch;
  readonly guided?: readonly (readonly Float32Array[])[];
}

/** What the loop needs to know of tuning an embedding model. */
export function embedderTask(
  sources: Sources,
  settings: ResolvedEmbedderSettings,
  sets: readonly TrainingSet[],
  budget: MemoryBudget,
): TrainingTask<GuidedBatch> {
  const { model, dev, guide } = sources;
  const sampled = sets.map(({ pairs, sampler }) => ({ rows: pairs.length, sampler }));
  const { seed, multiDataset: strategy } = settings;
  const sampler = multiDatasetSampler(sampled, { strategy, seed });
  const collators = sets.map(({ pairs, judgements }) =>
    collator({
      rows: pairs,
      known: knownPositives(pairs, judgements),
      tokenize: (texts, role) => model.tokenize(texts, { role }),
    }),
  );
  return {
    model,
    batchesPerEpoch: sampler.batchesPerEpoch,
    epoch: (epoch) => sampler.epoch(epoch),
    collate: async (indexes) => {
      const { dataset, start } = datasetOf(sampled, indexes[0] ?? 0);
      const [set, collate] = [sets[dataset], collators[dataset]] as [TrainingSet, (typeof collators)[0]];
      const batch = await collate(indexes.map((index) => index - start));
      const isGuided = guide && set.objective.needs.guide;
      return { set, batch, ...(isGuided && { guided: await guidance(guide, batch) }) };
    },
    forwardBackward: ({ set: { objective }, batch, guided }, precision) => {
      const { device } = model;
      const { loss, tokens, tokensInMemory } = embeddingForwardBackward({
        model,
        objective,
        batch,
        precision,
        device,
        tokensInMemory: budget.tokens(precision),
        ...(guided && { guide: () => guided.map((vectors) => stacked(vectors, device)) }),
      });
      budget.lower(tokensInMemory);
      return { loss, tokens };
    },
    describe: ({ set: { name }, batch }) =>
      `${name === undefined ? '' : `data set ${name}, `}${describeRows(batch)}`,
    ...(dev && { evaluate: (signal) => evaluateOn(dev, model, settings, signal) }),
    dataHash: dataHashOf(sources, sets),
    settings: courseOf(settings, sets),
    saveState: () => budget.save(),
    restoreState: (state) => budget.restore(state),
  };
}

/** The guide's vectors of all texts, column by column. */
function guidance(guide: EmbeddingModel, { rows, columns }: EmbeddingBatch): Promise<Float32Array[][]> {
  const textsOf = (column: number): string[] =>
    rows.map(({ query, positive, negatives = [] }) =>
      column === 0 ? query : column === 1 ? positive : (negatives[column - 2] as string),
    );
  const encode = (role: TextRole, column: number) => guide.encode(textsOf(column), { role });
  return Promise.all(columns.map(({ role }, column) => encode(role, column)));
}

/** Vectors → [rows, dimensions] */
function stacked(vectors: readonly Float32Array[], device: string): Tensor {
  const width = vectors[0]?.length ?? 0;
  const all = new Float32Array(vectors.length * width);
  for (const [row, vector] of vectors.entries()) all.set(vector, row * width);
  return fromTypedArray(all, [vectors.length, width], { device });
}

function describeRows({ rows, indexes }: EmbeddingBatch): string {
  const shown = rows.slice(0, 8).map(({ query, queryId }, i) => {
    const text = query.length > 60 ? `${query.slice(0, 60)}…` : query;
    return `${indexes[i]} (${queryId === undefined ? '' : `query ${queryId}: `}${JSON.stringify(text)})`;
  });
  return `rows ${shown.join(', ')}${rows.length > shown.length ? ` and ${rows.length - shown.length} more` : ''}`;
}

async function evaluateOn(
  { corpus, queries, judgements, metrics = [], excludeSameId = false }: DevSet,
  model: EmbeddingModel,
  { bestMetric, precision }: ResolvedEmbedderSettings,
  signal: AbortSignal | undefined,
): Promise<Record<string, number>> {
  const embed = (role: TextRole) => (texts: readonly string[], options: object | undefined) =>
    model.encode(texts, { ...options, role, precision });
  const { results } = await evaluateRetrieval({
    embedder: {
      dimensions: model.dimensions,
      fingerprint: 'in training', // changes every step, and nothing is stored
      embedQueries: embed('query'),
      embedDocuments: embed('document'),
    },
    corpus,
    queries,
    judgements,
    excludeSameId,
    metrics: [...new Set([bestMetric, ...metrics])],
    ...(signal && { signal }),
  });
  return Object.fromEntries(results.map(({ name, mean }) => [name, mean]));
}

/** What decides the course of a run besides training's own settings and the data. */
function courseOf(settings: ResolvedEmbedderSettings, sets: readonly TrainingSet[]) {
  const each = sets.map(({ name, sampling, objective }) => ({
    ...(name !== undefined && { name }),
    sampler: sampling,
    objective: { name: objective.name, ...objective.settings },
  }));
  const several = { multiDataset: settings.multiDataset, datasets: each };
  return {
    batchSize: settings.batchSize,
    ...(each.length === 1 ? each[0] : several),
    lora: settings.lora ?? null,
    freeze: settings.freeze,
  };
}

/** Of all that is read: data sets, dev set, tokenizer, prompts, guide. */
function dataHashOf({ model, dev, guide }: Sources, sets: readonly TrainingSet[]): string {
  const hash = createHash('sha256');
  const add = (value: unknown) => hash.update(JSON.stringify(value)).update('\n');
  for (const { name, pairs, judgements } of sets) {
    if (name !== undefined) add([name, pairs.length]);
    for (const pair of pairs) add(pair);
    for (const [query, grades] of judgements ?? []) add([query, ...grades]);
  }
  add([model.tokenizer.fingerprint, model.settings, guide?.fingerprint() ?? null]);
  if (!dev) return hash.digest('hex');
  for (const entry of dev.corpus) add(entry);
  for (const entry of dev.queries) add(entry);
  for (const [query, grades] of dev.judgements) add([query, ...grades]);
  return hash.digest('hex');
}
