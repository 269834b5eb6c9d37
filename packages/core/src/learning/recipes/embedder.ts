import type { RunEvent } from '../../base/progress.ts';
import { recordEvents, writeResolvedConfig } from '../../base/runFolder.ts';
import { parseSettings } from '../../base/settings.ts';
import type { Qrels } from '../../evaluation/types.ts';
import type { EmbeddingModel } from '../../models/embedding/index.ts';
import type { TrainingPair } from '../pairs/types.ts';
import { beginStage } from './beginStage.ts';
import { embedderBudget } from './embedderBudget.ts';
import { describeSets, type EmbedderDataset, type TrainingSet, trainingSets } from './embedderData.ts';
import {
  type EmbedderSettings,
  embedderSettings,
  type ResolvedEmbedderSettings,
} from './embedderSettings.ts';
import { embedderTask } from './embedderTask.ts';
import { type TrainedModel, trainModel } from './trainModel.ts';

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

/** The model that was given, saved in sentence-transformers' layout. */
export interface TunedEmbedder extends TrainedModel<EmbeddingModel> {
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
  const { model, runFolder, signal, resume = false } = options;
  const trained = yield* trainModel({
    model,
    noun: 'model',
    trainStage: 'train',
    settings,
    budget: () =>
      embedderBudget(
        model,
        sets.flatMap(({ pairs }) => pairs),
        settings,
      ),
    task: (budget) => embedderTask(options, settings, sets, budget),
    runFolder,
    signal,
    resume,
  });
  return { ...trained, settings };
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
