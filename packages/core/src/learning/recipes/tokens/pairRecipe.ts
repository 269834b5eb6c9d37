import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Module } from '@ragwright/torch/nn';
import { ConfigError } from '../../../base/errors.ts';
import type { RunEvent } from '../../../base/progress.ts';
import { runFiles } from '../../../base/runFolder.ts';
import { evaluateRun, type Qrels, type Run } from '../../../evaluation/index.ts';
import type { PromptChoice, TokenizedTexts } from '../../../models/embedding/index.ts';
import {
  collator,
  type EmbeddingBatch,
  knownPositives,
  noDuplicatesSampler,
  randomSampler,
} from '../../batches/index.ts';
import { checkTrainingRows, type ObjectiveNeeds } from '../../objectives/index.ts';
import type { TrainingPair } from '../../pairs/types.ts';
import { type Precision, type TrainingOutcome, type TrainingTask, train } from '../../training/index.ts';
import { beginStage } from '../beginStage.ts';
import type { DevSet } from '../embedder.ts';
import { forLoop } from '../trainedPartSettings.ts';
import type { ResolvedPairSettings } from './settings.ts';

/** A model that pairs train, whatever it makes of a text. */
export interface PairModel extends Module {
  readonly tokenizer: { readonly fingerprint: string };
  readonly settings: object;
  tokenize(texts: readonly string[], choice?: PromptChoice): Promise<TokenizedTexts>;
  save(folder: string): Promise<void>;
}

export interface PairOptions {
  readonly pairs: readonly TrainingPair[];
  /** Documents that answer a query besides those in its rows: they are never its negatives. By query id. */
  readonly judgements?: Qrels | undefined;
  /** Without it there is no best checkpoint and no early stopping: the last weights are kept. */
  readonly dev?: DevSet | undefined;
  /** Gets `checkpoints/`, `best/` and `model/`. */
  readonly runFolder: string;
  readonly signal?: AbortSignal | undefined;
  /** Go on from the newest good checkpoint in the run folder, or begin if there is none; default false. */
  readonly resume?: boolean;
}

/** What is special to a kind of model. */
export interface PairRecipe extends PairOptions {
  readonly model: PairModel;
  readonly settings: ResolvedPairSettings;
  readonly objective: {
    readonly name: string;
    readonly settings: Readonly<Record<string, unknown>>;
    readonly needs: ObjectiveNeeds;
  };
  forwardBackward(
    batch: EmbeddingBatch,
    precision: Precision,
  ): { readonly loss: number; readonly tokens: number };
  /** Scores of all documents of the dev set for each query. */
  search(dev: DevSet, signal: AbortSignal | undefined): Promise<Run>;
}

export interface TrainedOnPairs {
  /** Where the model is saved; absent if the run was interrupted. */
  readonly folder?: string;
  readonly outcome: TrainingOutcome;
}

/** Checks the rows, trains, puts the best weights back, and saves. Throws what `tuneSparseEmbedder` says. */
export async function* trainOnPairs(recipe: PairRecipe): AsyncGenerator<RunEvent, TrainedOnPairs, undefined> {
  const { model, settings, pairs, objective, runFolder, signal, resume = false } = recipe;
  checkPairs(recipe);
  const training = beginStage('train');
  yield training.started;
  const outcome = yield* train(taskOf(recipe), forLoop(settings), { runFolder, signal, resume });
  yield training.done(
    `${outcome.finished} after ${outcome.steps} steps, ${pairs.length} pairs, ${objective.name}`,
  );
  if (outcome.finished === 'interrupted') return { outcome };
  const saving = beginStage('save model');
  yield saving.started;
  const folder = join(runFolder, runFiles.model);
  await model.save(folder);
  yield saving.done(folder);
  return { folder, outcome };
}

function checkPairs({ pairs, objective }: PairRecipe): void {
  const empty = pairs.flatMap(({ query, positive }, row) =>
    [query, positive].flatMap((text, i) =>
      text.trim() === ''
        ? [{ field: `pairs[${row}].${i === 0 ? 'query' : 'positive'}`, expected: 'a text', got: 'nothing' }]
        : [],
    ),
  );
  if (empty.length > 0) throw new ConfigError('training pairs', empty.slice(0, 20));
  checkTrainingRows(objective, pairs);
}

function taskOf(recipe: PairRecipe): TrainingTask<EmbeddingBatch> {
  const { model, pairs, judgements, dev, settings, objective, forwardBackward } = recipe;
  const { batchSize, noDuplicates, seed, bestMetric } = settings;
  const { rows = 1, rowsWithNegatives = rows } = objective.needs;
  const minRows = (pairs[0]?.negatives?.length ?? 0) > 0 ? rowsWithNegatives : rows;
  const make = noDuplicates ? noDuplicatesSampler : randomSampler;
  const sampler = make(pairs, { batchSize, seed, minRows });
  return {
    model,
    batchesPerEpoch: sampler.batchesPerEpoch,
    epoch: (epoch) => sampler.epoch(epoch),
    collate: collator({
      rows: pairs,
      known: knownPositives(pairs, judgements),
      tokenize: (texts, role) => model.tokenize(texts, { role }),
    }),
    forwardBackward: (batch, precision, progress) =>
      forwardBackward({ ...batch, ...(progress !== undefined && { progress }) }, precision),
    describe: ({ indexes }) => `rows ${indexes.slice(0, 8).join(', ')}${indexes.length > 8 ? ' …' : ''}`,
    ...(dev && {
      evaluate: async (signal) => {
        const names = [...new Set([bestMetric, ...(dev.metrics ?? [])])];
        const { excludeSameId = false } = dev;
        const results = evaluateRun(dev.judgements, await recipe.search(dev, signal), names, {
          excludeSameId,
        });
        return Object.fromEntries(results.map(({ name, mean }) => [name, mean]));
      },
    }),
    dataHash: dataHashOf(recipe),
    settings: { batchSize, noDuplicates, objective: { name: objective.name, ...objective.settings } },
  };
}

/** Of all that is read: pairs, dev set, tokenizer, model settings. */
function dataHashOf({ model, pairs, judgements, dev }: PairRecipe): string {
  const hash = createHash('sha256');
  const add = (value: unknown) => hash.update(JSON.stringify(value)).update('\n');
  for (const pair of pairs) add(pair);
  for (const [query, grades] of judgements ?? []) add([query, ...grades]);
  add([model.tokenizer.fingerprint, model.settings]);
  for (const entry of dev?.corpus ?? []) add(entry);
  for (const entry of dev?.queries ?? []) add(entry);
  for (const [query, grades] of dev?.judgements ?? []) add([query, ...grades]);
  return hash.digest('hex');
}
