import * as z from 'zod';
import { multiDatasetStrategies } from '../batches/index.ts';
import { makeObjective, type ObjectiveChoice, objectiveNames } from './embedderObjective.ts';
import { samplerSettings } from './embedderSampler.ts';
import { passOn } from './passOn.ts';
import { encoderTrainingShape } from './trainedPartSettings.ts';

const matryoshka = z
  .strictObject({
    dims: z.array(z.int().min(1)).min(1),
    weights: z.array(z.number().min(0)).optional(),
    dimsPerStep: z.int().min(1).optional(),
  })
  .superRefine((dims, context) => {
    passOn(context, () => makeObjective({ name: 'MultipleNegativesRanking' }, { matryoshka: dims }));
  });

/** The regularisation knows its own options. */
const regularization = z.looseObject({}).superRefine((options, context) => {
  const wrappers = { globalOrthogonalRegularization: options };
  passOn(context, () => makeObjective({ name: 'MultipleNegativesRanking' }, wrappers));
});

/** A loss as a person writes it: its name, or `{ name, …its options }`. */
export const objectiveSetting = z
  .union([
    z.enum(objectiveNames).transform((name) => ({ name })),
    z.looseObject({ name: z.enum(objectiveNames) }),
  ])
  .transform((choice): ObjectiveChoice => choice)
  .superRefine((choice, context) => {
    passOn(context, () => makeObjective(choice));
  });

/** All that `tuneEmbedder` can be told in a config file: training's settings, and these. Unknown keys are errors. */
export const embedderSettings = z.strictObject({
  ...encoderTrainingShape,
  /** Rows in a batch: what the loss sees. Default 32, sentence-transformers' examples have 16 to 64. */
  batchSize: z.int().min(1).default(32),
  /** A name, or `{ name, …its options }`. */
  objective: objectiveSetting.prefault('MultipleNegativesRanking'),
  /** Train so that embeddings may be cut to these lengths. */
  matryoshka: matryoshka.optional(),
  /** Keep the embeddings spread out, beside the objective; `{}` for the defaults. */
  globalOrthogonalRegularization: regularization.optional(),
  /** What comes into a batch together. `auto`: what the objective needs. */
  sampler: z.enum(samplerSettings).default('auto'),
  /** With `sampler: auto`: no text twice in a batch; default true where the rows of a batch are each other's negatives. */
  noDuplicates: z.boolean().optional(),
  /** Several data sets: every batch of each once an epoch, or one of each in turn until one is used up. */
  multiDataset: z.enum(multiDatasetStrategies).default('proportional'),
});

export type ObjectiveSetting = z.input<typeof objectiveSetting>;
/** As written by a person: everything may be left out. */
export type EmbedderSettings = z.input<typeof embedderSettings>;
/** With the defaults filled in. */
export type ResolvedEmbedderSettings = z.output<typeof embedderSettings>;
