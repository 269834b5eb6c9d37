import { join } from 'node:path';
import type { RunEvent } from '../../base/progress.ts';
import { recordEvents, runFiles, writeResolvedConfig } from '../../base/runFolder.ts';
import { parseSettings } from '../../base/settings.ts';
import type { Qrels } from '../../evaluation/types.ts';
import type { EmbeddingModel } from '../../models/embedding/index.ts';
import type { TrainingPair } from '../pairs/types.ts';
import { listCheckpoints, type TrainingOutcome, train } from '../training/index.ts';
import { beginStage } from './beginStage.ts';
import { embedderBudget } from './embedderBudget.ts';
import { describeSets, type EmbedderDataset, type TrainingSet, trainingSets } from './embedderData.ts';
import {
  type EmbedderSettings,
  embedderSettings,
  type ResolvedEmbedderSettings,
} from './embedderSettings.ts';
import { embedderTask } from './embedderTask.ts';
import { measureMemory } from './memoryBudget.ts';
import { chooseTrained, type TrainedPart } from './trainedPart.ts';
import { forLoop } from './trainedPartSettings.ts';

/** Queries with the documents that answer them, to watch a model by while it is trained. */
export interface DevSet {
  /** Text to embed, by document id. */
  readonly corpus: ReadonlyMap<string, string>;
  readonly queries: ReadonlyMap<string, string>;
  readonly judgements: Qrels;
  /** Reported besides `bestMetric`; default none. */
  readonly metrics?: readonly string[];
  /** BEIR's rule: a document with the query's own id does not count. Default false. */
  readonly excludeSameId?: boolean;
}

export interface TuneEmbedderOptions {
  /** Trained in place. */
  readonly model: EmbeddingModel;
  /** This, or `datasets`. */
  readonly pairs?: readonly TrainingPair[] | undefined;
  /** Several data sets, each with its own loss if it has one; `multiDataset` of the settings says how they take turns. */
  readonly datasets?: readonly EmbedderDataset[] | undefined;
  /** Documents that answer a query besides those in its rows: they are never its negatives. By query id. */
  readonly judgements?: Qrels | undefined;
  /** Without it there is no best checkpoint and no early stopping: the last weights are kept. */
  readonly dev?: DevSet | undefined;
  /** For objectives that need one (GIST). Not trained, not disposed of. */
  readonly guide?: EmbeddingModel | undefined;
  /** See {@link embedderSettings} for the keys and defaults. */
  readonly settings?: EmbedderSettings;
  /** Gets `checkpoints/`, `best/`, `model/`, and `adapter/` with LoRA. */
  readonly runFolder: string;
  readonly signal?: AbortSignal | undefined;
  /** Go on from the newest good checkpoint in the run folder, or begin if there is none; default false. */
  readonly resume?: boolean;
  /** Write `events.jsonl` and `config.resolved.json` too; default true. A caller that writes its own says false. */
  readonly record?: boolean;
}

export interface TunedEmbedder {
  /** The one that was given, with its best weights; adapters are merged. */
  readonly model: EmbeddingModel;
  /** Where it is saved, in sentence-transformers' layout; absent if the run was interrupted. */
  readonly folder?: string;
  /** The LoRA adapter in PEFT's layout, if there is one. */
  readonly adapter?: string;
  readonly outcome: TrainingOutcome;
  readonly settings: ResolvedEmbedderSettings;
}

/**
 * Tunes an embedding model on pairs of queries and what answers them.
 *
 * @example
 * for await (const event of tuneEmbedder({ model, pairs, dev, settings: { epochs: 1 }, runFolder: 'run' })) show(event);
 *
 * @throws ConfigError that lists all bad settings or rows; ObjectiveError for rows that lack what the loss needs;
 *   what `train` throws
 */
export function tuneEmbedder(
  options: TuneEmbedderOptions,
): AsyncGenerator<RunEvent, TunedEmbedder, undefined> {
  const story = tune(options);
  return (options.record ?? true) ? recordEvents(options.runFolder, story) : story;
}

async function* tune(options: TuneEmbedderOptions): AsyncGenerator<RunEvent, TunedEmbedder, undefined> {
  const settings = parseSettings(embedderSettings, options.settings ?? {}, 'embedder settings');
  if (options.record ?? true)
    await writeResolvedConfig(options.runFolder, { recipe: 'embedder', ...settings });
  const sets = yield* checkPairs(options, settings);
  const trained = yield* prepareModel(options, settings);
  try {
    const outcome = yield* trainModel(options, settings, sets);
    if (outcome.finished === 'interrupted') return { model: options.model, outcome, settings };
    return { ...(yield* saveModel(options, trained)), outcome, settings };
  } finally {
    trained.release();
  }
}

/** Every row has a query, what answers it, and what the loss needs. */
async function* checkPairs(
  options: TuneEmbedderOptions,
  settings: ResolvedEmbedderSettings,
): AsyncGenerator<RunEvent, TrainingSet[], undefined> {
  const stage = beginStage('check pairs');
  yield stage.started;
  const sets = trainingSets(options, settings);
  for (const { leftOut } of sets) {
    for (const message of leftOut) yield { type: 'notice', level: 'warning', message };
  }
  const turns = sets.length > 1 ? `${settings.multiDataset}, ` : '';
  yield stage.done(`${describeSets(sets)}, ${turns}batches of ${settings.batchSize}`);
  return sets;
}

/** LoRA or all weights; what is frozen. */
async function* prepareModel(
  { model }: TuneEmbedderOptions,
  settings: ResolvedEmbedderSettings,
): AsyncGenerator<RunEvent, TrainedPart, undefined> {
  const stage = beginStage('prepare model');
  yield stage.started;
  const trained = chooseTrained(model, settings);
  yield stage.done(`${trained.summary}${settings.lora ? ', LoRA' : ''}`);
  return trained;
}

/** Trains, and puts the best weights back. */
async function* trainModel(
  options: TuneEmbedderOptions,
  settings: ResolvedEmbedderSettings,
  sets: readonly TrainingSet[],
): AsyncGenerator<RunEvent, TrainingOutcome, undefined> {
  const { model, runFolder, signal, resume = false } = options;
  const pairs = sets.flatMap((set) => set.pairs);
  const budget = await embedderBudget(model, pairs, settings);
  const isResumed = resume && (await listCheckpoints(runFolder)).length > 0; // then the checkpoint knows
  if (!isResumed) yield* measureMemory(budget, settings);
  const stage = beginStage('train');
  yield stage.started;
  const task = embedderTask(options, settings, sets, budget);
  const outcome = yield* train(task, forLoop(settings), { runFolder, signal, resume });
  const best = outcome.best ? `, best ${settings.bestMetric} at step ${outcome.best.step}` : '';
  yield stage.done(`${outcome.finished} after ${outcome.steps} steps${best}`);
  return outcome;
}

/** Writes `model/`, and the adapter beside it. */
async function* saveModel(
  { model, runFolder }: TuneEmbedderOptions,
  trained: TrainedPart,
): AsyncGenerator<RunEvent, Pick<TunedEmbedder, 'model' | 'folder' | 'adapter'>, undefined> {
  const stage = beginStage('save model');
  yield stage.started;
  const adapter = await trained.finish(runFolder);
  const folder = join(runFolder, runFiles.model);
  await model.save(folder);
  yield stage.done(folder);
  return { model, folder, ...(adapter !== undefined && { adapter }) };
}
