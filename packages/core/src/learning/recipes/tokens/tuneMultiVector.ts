import { fromTypedArray, scope } from '@ragwright/torch';
import * as z from 'zod';
import type { RunEvent } from '../../../base/progress.ts';
import { recordEvents, writeResolvedConfig } from '../../../base/runFolder.ts';
import { parseSettings } from '../../../base/settings.ts';
import type { Run } from '../../../evaluation/index.ts';
import type { MultiVector, MultiVectorModel, TokenVectors } from '../../../models/multivector/index.ts';
import {
  type MultiVectorObjective,
  maxSimMatrix,
  multiVectorDistillKl,
  multiVectorForwardBackward,
  multiVectorMarginMse,
  multiVectorNegativesRanking,
} from '../../objectives/index.ts';
import type { DevSet } from '../embedder.ts';
import { type PairOptions, type TrainedOnPairs, trainOnPairs } from './pairRecipe.ts';
import { objectiveChoice, pairSettingsShape } from './settings.ts';

const objectives: Readonly<Record<string, (options: object) => MultiVectorObjective>> = {
  MultiVectorNegativesRanking: multiVectorNegativesRanking,
  MultiVectorMarginMSE: multiVectorMarginMse,
  MultiVectorDistillKL: multiVectorDistillKl,
};

/** All that `tuneMultiVector` can be told in a config file. Unknown keys are errors. */
export const multiVectorSettings = z.strictObject({
  ...pairSettingsShape,
  /** A name, or `{ name, …its options }`. */
  objective: objectiveChoice(objectives).prefault('MultiVectorNegativesRanking'),
});

export type MultiVectorTuningSettings = z.input<typeof multiVectorSettings>;
export type ResolvedMultiVectorTuningSettings = z.output<typeof multiVectorSettings>;

export interface TuneMultiVectorOptions extends PairOptions {
  /** Trained in place. */
  readonly model: MultiVectorModel;
  /** See {@link multiVectorSettings} for the keys and defaults. */
  readonly settings?: MultiVectorTuningSettings;
}

export interface TunedMultiVector extends TrainedOnPairs {
  /** The one that was given, with its best weights. */
  readonly model: MultiVectorModel;
  readonly settings: ResolvedMultiVectorTuningSettings;
}

/**
 * Tunes a ColBERT model on pairs of queries and what answers them.
 *
 * @example
 * for await (const event of tuneMultiVector({ model, pairs, dev, runFolder: 'run' })) show(event);
 *
 * @throws ConfigError that lists all bad settings or rows; ObjectiveError for rows that lack what the loss needs; what
 *   `train` throws
 */
export const tuneMultiVector = (
  options: TuneMultiVectorOptions,
): AsyncGenerator<RunEvent, TunedMultiVector, undefined> => recordEvents(options.runFolder, tune(options));

async function* tune(options: TuneMultiVectorOptions): AsyncGenerator<RunEvent, TunedMultiVector, undefined> {
  const { model } = options;
  const settings = parseSettings(multiVectorSettings, options.settings ?? {}, 'multi-vector settings');
  await writeResolvedConfig(options.runFolder, { recipe: 'multi-vector', ...settings });
  const { objective: choice, tokensInMemory } = settings;
  const { name, ...own } = choice;
  const objective = (objectives[name] as (options: object) => MultiVectorObjective)(own);
  const { device } = model;
  const trained = yield* trainOnPairs({
    ...options,
    settings,
    objective,
    forwardBackward: (batch, precision) =>
      multiVectorForwardBackward({ model, objective, batch, precision, tokensInMemory, device }),
    search: (dev, signal) => search(model, dev, settings.precision, signal),
  });
  return { ...trained, model, settings };
}

/** MaxSim of every query with every document. */
async function search(
  model: MultiVectorModel,
  { corpus, queries }: DevSet,
  precision: 'float32' | 'bfloat16',
  signal: AbortSignal | undefined,
): Promise<Run> {
  const options = { precision, ...(signal && { signal }) };
  const documents = await model.encode([...corpus.values()], { ...options, role: 'document' });
  const found = await model.encode([...queries.values()], { ...options, role: 'query' });
  const ids = [...corpus.keys()];
  return scope(() => {
    const all = tensorOf(documents);
    const { similarity } = model.settings;
    const scored = [...queries.keys()].map((id, i) => {
      const scores = scope(
        () => maxSimMatrix(tensorOf([found[i] as MultiVector]), all, similarity).toArray() as number[][],
      );
      return [id, new Map(ids.map((document, k) => [document, scores[0]?.[k] as number]))] as const;
    });
    return new Map(scored);
  });
}

function tensorOf(texts: readonly MultiVector[]): TokenVectors {
  const width = texts[0]?.dimensions ?? 0;
  const lengths = texts.map(({ data }) => data.length / width);
  const all = new Float32Array(texts.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const { data } of texts) {
    all.set(data, at);
    at += data.length;
  }
  return { vectors: fromTypedArray(all, [all.length / width, width]), lengths };
}
