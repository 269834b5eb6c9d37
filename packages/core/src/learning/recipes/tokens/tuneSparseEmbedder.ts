import * as z from 'zod';
import type { RunEvent } from '../../../base/progress.ts';
import { recordEvents, writeResolvedConfig } from '../../../base/runFolder.ts';
import { parseSettings } from '../../../base/settings.ts';
import type { Run } from '../../../evaluation/index.ts';
import type { SparseEmbeddingModel, SparseVector } from '../../../models/sparse/index.ts';
import {
  distillKl,
  type EmbeddingObjective,
  embeddingForwardBackward,
  marginMse,
  multipleNegativesRanking,
  type SpladeOptions,
  spladeLoss,
} from '../../objectives/index.ts';
import type { DevSet } from '../embedder.ts';
import { passOn } from '../passOn.ts';
import { type PairOptions, type TrainedOnPairs, trainOnPairs } from './pairRecipe.ts';
import { objectiveChoice, pairSettingsShape } from './settings.ts';

const objectives: Readonly<Record<string, (options: object) => EmbeddingObjective>> = {
  MultipleNegativesRanking: (options) =>
    multipleNegativesRanking({ similarity: 'dot', scale: 1, ...options }),
  MarginMSE: (options) => marginMse(options),
  /** With sentence-transformers' temperature for sparse vectors. */
  DistillKL: (options) => distillKl({ temperature: 2, ...options }),
};

/** All that `tuneSparseEmbedder` can be told in a config file. Unknown keys are errors. */
export const sparseSettings = z.strictObject({
  ...pairSettingsShape,
  /** A name, or `{ name, …its options }`; on dot products. */
  objective: objectiveChoice(objectives).prefault('MultipleNegativesRanking'),
  /** Weights and warm-up of the FLOPS regulariser; see `spladeLoss`. */
  regularizer: z
    .looseObject({})
    .superRefine((options, context) => {
      passOn(context, () => spladeLoss(undefined, options as SpladeOptions));
    })
    .prefault({}),
});

export type SparseTuningSettings = z.input<typeof sparseSettings>;
export type ResolvedSparseTuningSettings = z.output<typeof sparseSettings>;

export interface TuneSparseEmbedderOptions extends PairOptions {
  /** Trained in place. */
  readonly model: SparseEmbeddingModel;
  /** See {@link sparseSettings} for the keys and defaults. */
  readonly settings?: SparseTuningSettings;
}

export interface TunedSparseEmbedder extends TrainedOnPairs {
  /** The one that was given, with its best weights. */
  readonly model: SparseEmbeddingModel;
  readonly settings: ResolvedSparseTuningSettings;
}

/**
 * Tunes a SPLADE model on pairs of queries and what answers them: any loss on dot products, and FLOPS regularisation that
 * grows over the first third of the run.
 *
 * @example
 * for await (const event of tuneSparseEmbedder({ model, pairs, dev, runFolder: 'run' })) show(event);
 *
 * @throws ConfigError that lists all bad settings or rows; ObjectiveError for rows that lack what the loss needs; what
 *   `train` throws
 */
export const tuneSparseEmbedder = (
  options: TuneSparseEmbedderOptions,
): AsyncGenerator<RunEvent, TunedSparseEmbedder, undefined> => recordEvents(options.runFolder, tune(options));

async function* tune(
  options: TuneSparseEmbedderOptions,
): AsyncGenerator<RunEvent, TunedSparseEmbedder, undefined> {
  const { model } = options;
  const settings = parseSettings(sparseSettings, options.settings ?? {}, 'sparse embedder settings');
  await writeResolvedConfig(options.runFolder, { recipe: 'sparse-embedder', ...settings });
  const { objective: choice, regularizer, tokensInMemory } = settings;
  const { name, ...own } = choice;
  const make = objectives[name] as (options: object) => EmbeddingObjective;
  const objective = spladeLoss(make(own), regularizer as SpladeOptions);
  const trained = yield* trainOnPairs({
    ...options,
    settings,
    objective,
    forwardBackward: (batch, precision) =>
      embeddingForwardBackward({ model, objective, batch, precision, tokensInMemory, device: model.device }),
    search: (dev, signal) => search(model, dev, settings.precision, signal),
  });
  return { ...trained, model, settings };
}

/** Dot products of every query with the documents that share a term with it. */
async function search(
  model: SparseEmbeddingModel,
  { corpus, queries }: DevSet,
  precision: 'float32' | 'bfloat16',
  signal: AbortSignal | undefined,
): Promise<Run> {
  const options = { precision, ...(signal && { signal }) };
  const documents = await model.encode([...corpus.values()], { ...options, role: 'document' });
  const found = await model.encode([...queries.values()], { ...options, role: 'query' });
  const ids = [...corpus.keys()];
  const postings = postingsOf(documents);
  return new Map([...queries.keys()].map((id, i) => [id, scoresOf(found[i] as SparseVector, postings, ids)]));
}

type Postings = ReadonlyMap<number, readonly (readonly [document: number, weight: number])[]>;

function postingsOf(documents: readonly SparseVector[]): Postings {
  const postings = new Map<number, [number, number][]>();
  for (const [document, { indices, values }] of documents.entries()) {
    for (const [k, term] of indices.entries()) {
      const entry: [number, number] = [document, values[k] as number];
      const list = postings.get(term);
      if (list) list.push(entry);
      else postings.set(term, [entry]);
    }
  }
  return postings;
}

function scoresOf(query: SparseVector, postings: Postings, ids: readonly string[]): Map<string, number> {
  const scores = new Map<string, number>();
  for (const [k, term] of query.indices.entries()) {
    for (const [document, weight] of postings.get(term) ?? []) {
      const id = ids[document] as string;
      scores.set(id, (scores.get(id) ?? 0) + weight * (query.values[k] as number));
    }
  }
  return scores;
}
