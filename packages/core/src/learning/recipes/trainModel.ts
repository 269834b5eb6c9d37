import { join } from 'node:path';
import type { RunEvent } from '../../base/progress.ts';
import { runFiles } from '../../base/runFolder.ts';
import { listCheckpoints, type TrainingOutcome, type TrainingTask, train } from '../training/index.ts';
import { beginStage } from './beginStage.ts';
import type { ResolvedEmbedderSettings } from './embedderSettings.ts';
import { type MemoryBudget, measureMemory } from './memoryBudget.ts';
import { chooseTrained, type TrainedPart, type TunableModel } from './trainedPart.ts';
import { forLoop } from './trainedPartSettings.ts';

/** A model on an encoder that a recipe trains in place. */
export interface TrainableModel extends TunableModel {
  save(folder: string): Promise<void>;
}

/** What a recipe that tunes an encoder asks for once its rows are checked. */
export interface ModelTraining<M extends TrainableModel, B> {
  readonly model: M;
  /** What the stages of progress call the model. */
  readonly noun: 'model' | 'reranker';
  /** What they call the training. */
  readonly trainStage: string;
  readonly settings: Pick<
    ResolvedEmbedderSettings,
    'lora' | 'freeze' | 'seed' | 'bestMetric' | 'precision' | 'tokensInMemory'
  >;
  readonly budget: () => Promise<MemoryBudget>;
  readonly task: (budget: MemoryBudget) => TrainingTask<B>;
  readonly runFolder: string;
  readonly eventsFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly resume?: boolean;
}

/** A model that was trained, with its best weights. */
export interface TrainedModel<M> {
  /** The one that was given; adapters are merged. */
  readonly model: M;
  /** Where it is saved; absent if the run was interrupted. */
  readonly folder?: string;
  /** The LoRA adapter of the encoder in PEFT's layout, if there is one. */
  readonly adapter?: string;
  readonly outcome: TrainingOutcome;
}

/** Chooses which weights are trained, trains them, puts the best ones back, and saves the model. */
export async function* trainModel<M extends TrainableModel, B>(
  training: ModelTraining<M, B>,
): AsyncGenerator<RunEvent, TrainedModel<M>, undefined> {
  const { model } = training;
  const trained = yield* prepare(training);
  try {
    const outcome = yield* follow(training);
    if (outcome.finished === 'interrupted') return { model, outcome };
    return { model, ...(yield* save(training, trained)), outcome };
  } finally {
    trained.release();
  }
}

/** LoRA or all weights; what is frozen. */
async function* prepare<M extends TrainableModel, B>({
  model,
  noun,
  settings,
}: ModelTraining<M, B>): AsyncGenerator<RunEvent, TrainedPart, undefined> {
  const stage = beginStage(`prepare ${noun}`);
  yield stage.started;
  const trained = chooseTrained(model, settings);
  yield stage.done(`${trained.summary}${settings.lora ? ', LoRA' : ''}`);
  return trained;
}

async function* follow<M extends TrainableModel, B>(
  training: ModelTraining<M, B>,
): AsyncGenerator<RunEvent, TrainingOutcome, undefined> {
  const { settings, trainStage, runFolder, eventsFolder, signal, resume = false } = training;
  const budget = await training.budget();
  const isResumed = resume && (await listCheckpoints(runFolder)).length > 0; // then the checkpoint knows
  if (!isResumed) yield* measureMemory(budget, settings);
  const stage = beginStage(trainStage);
  yield stage.started;
  const run = { runFolder, eventsFolder, stage: trainStage, signal, resume };
  const outcome = yield* train(training.task(budget), forLoop(settings), run);
  const best = outcome.best ? `, best ${settings.bestMetric} at step ${outcome.best.step}` : '';
  yield stage.done(`${outcome.finished} after ${outcome.steps} steps${best}`);
  return outcome;
}

/** Writes `model/`, and the adapter beside it. */
async function* save<M extends TrainableModel, B>(
  { model, noun, runFolder }: ModelTraining<M, B>,
  trained: TrainedPart,
): AsyncGenerator<RunEvent, { readonly folder: string; readonly adapter?: string }, undefined> {
  const stage = beginStage(`save ${noun}`);
  yield stage.started;
  const adapter = await trained.finish(runFolder);
  const folder = join(runFolder, runFiles.model);
  await model.save(folder);
  yield stage.done(folder);
  return { folder, ...(adapter !== undefined && { adapter }) };
}
