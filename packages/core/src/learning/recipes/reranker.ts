import { ConfigError, type ConfigProblem } from '../../base/errors.ts';
import type { RunEvent } from '../../base/progress.ts';
import { recordEvents, writeResolvedConfig } from '../../base/runFolder.ts';
import { parseSettings } from '../../base/settings.ts';
import type { Qrels } from '../../evaluation/types.ts';
import type { CrossEncoder } from '../../models/reranking/index.ts';
import { makeRankingObjective, type RankingObjective, trainableLists } from '../objectives/index.ts';
import type { LabelledList } from '../pairs/types.ts';
import { beginStage } from './beginStage.ts';
import { rerankerBudget } from './rerankerBudget.ts';
import {
  type RerankerSettings,
  type ResolvedRerankerSettings,
  rerankerSettings,
} from './rerankerSettings.ts';
import { rerankerTask } from './rerankerTask.ts';
import { type TrainedModel, trainModel } from './trainModel.ts';

/** A passage that the retriever found for a query. */
export interface RerankCandidate {
  /** What judgements name. */
  readonly documentId: string;
  readonly text: string;
}

/** Queries with what the retriever finds for them, to watch a reranker by while it is trained. */
export interface RerankerDevSet {
  readonly queries: ReadonlyMap<string, string>;
  /** By query id. */
  readonly candidates: ReadonlyMap<string, readonly RerankCandidate[]>;
  /** Every judged query counts, also one for which nothing right was found. */
  readonly judgements: Qrels;
  /** Reported besides `bestMetric`; default none. */
  readonly metrics?: readonly string[];
}

export interface TuneRerankerOptions {
  /** Trained in place. */
  readonly model: CrossEncoder;
  /** Queries, each with its own number of labelled documents: `listsFromPairs`, `listsFromJudgements`, `mineLists`. */
  readonly lists: readonly LabelledList[];
  /** Without it there is no best checkpoint and no early stopping: the last weights are kept. */
  readonly dev?: RerankerDevSet | undefined;
  /** See {@link rerankerSettings} for the keys and defaults. */
  readonly settings?: RerankerSettings;
  /** Gets `checkpoints/`, `best/`, `model/`, and `adapter/` with LoRA. */
  readonly runFolder: string;
  /** Whose `events.jsonl` a caller writes that records by itself; default the run folder. */
  readonly eventsFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Go on from the newest good checkpoint in the run folder, or begin if there is none; default false. */
  readonly resume?: boolean;
  /** Write `events.jsonl` and `config.resolved.json` too; default true. A caller that writes its own says false. */
  readonly record?: boolean;
}

/** The model that was given, saved in sentence-transformers' cross-encoder layout; an adapter is the encoder's alone. */
export interface TunedReranker extends TrainedModel<CrossEncoder> {
  readonly settings: ResolvedRerankerSettings;
}

/**
 * Tunes a cross-encoder on queries with labelled documents.
 *
 * @example
 * for await (const event of tuneReranker({ model, lists, dev, settings: { epochs: 1 }, runFolder: 'run' })) show(event);
 *
 * @throws ConfigError that lists all bad settings or lists; ObjectiveError for lists that lack what the loss needs;
 *   what `train` throws
 */
export function tuneReranker(
  options: TuneRerankerOptions,
): AsyncGenerator<RunEvent, TunedReranker, undefined> {
  const story = tune(options);
  return (options.record ?? true) ? recordEvents(options.runFolder, story) : story;
}

async function* tune(options: TuneRerankerOptions): AsyncGenerator<RunEvent, TunedReranker, undefined> {
  const settings = parseSettings(rerankerSettings, options.settings ?? {}, 'reranker settings');
  if (options.record ?? true)
    await writeResolvedConfig(options.runFolder, { recipe: 'reranker', ...settings });
  const { objective, lists } = yield* checkLists(options, settings);
  const { model, runFolder, eventsFolder, signal, resume = false } = options;
  const trained = yield* trainModel({
    model,
    noun: 'reranker',
    trainStage: 'train reranker',
    settings,
    budget: () => rerankerBudget(model, lists, settings, objective),
    task: (budget) => rerankerTask({ ...options, lists }, settings, objective, budget),
    runFolder,
    eventsFolder,
    signal,
    resume,
  });
  return { ...trained, settings };
}

interface ReadyLists {
  readonly objective: RankingObjective;
  readonly lists: readonly LabelledList[];
}

/** Every list has a query, documents, and the labels that the loss needs; and the model has the outputs. */
async function* checkLists(
  { lists: given, model }: TuneRerankerOptions,
  { objective: choice, batchSize }: ResolvedRerankerSettings,
): AsyncGenerator<RunEvent, ReadyLists, undefined> {
  const stage = beginStage('check lists');
  yield stage.started;
  const objective = makeRankingObjective(choice);
  const { outputs = 1 } = objective.needs;
  const { labels } = model.settings;
  const problems: ConfigProblem[] = [];
  const problem = (field: string, expected: string, got: string) => problems.push({ field, expected, got });
  if (outputs === 'several' ? labels < 2 : labels !== outputs)
    problem('model.settings.labels', `${outputs} for ${objective.name}`, String(labels));
  for (const [row, { query, documents }] of given.entries()) {
    if (query.trim() === '') problem(`lists[${row}].query`, 'a text', 'nothing');
    if (documents.length === 0) problem(`lists[${row}].documents`, 'at least one', 'none');
    if (problems.length >= 20) break;
  }
  if (problems.length > 0) throw new ConfigError('training lists', problems);
  const { lists, leftOut } = trainableLists(objective, given);
  if (leftOut > 0) {
    const message = `${leftOut.toLocaleString('en')} of ${given.length.toLocaleString('en')} lists teach ${objective.name} nothing (no positive, no negative, or all labels equal) and are left out`;
    yield { type: 'notice', level: 'warning', message };
  }
  const documents = lists.reduce((sum, list) => sum + list.documents.length, 0);
  const counts = `${lists.length.toLocaleString('en')} lists of ${(documents / lists.length).toFixed(1)} documents`;
  yield stage.done(`${counts}, ${objective.name}, batches of ${batchSize}`);
  return { objective, lists };
}
