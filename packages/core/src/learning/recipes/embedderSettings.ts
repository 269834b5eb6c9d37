import * as z from 'zod';
import { ConfigError } from '../../base/errors.ts';
import { multiDatasetStrategies } from '../batches/index.ts';
import { trainingSettingsSchema } from '../training/index.ts';
import { makeObjective, type ObjectiveChoice, objectiveNames } from './embedderObjective.ts';
import { samplerSettings } from './embedderSampler.ts';

const lora = z.strictObject({
  rank: z.int().min(1).optional(),
  alpha: z.number().positive().optional(),
  dropout: z.number().min(0).lt(1).optional(),
  targets: z.union([z.literal('all-linear'), z.array(z.string().min(1)).min(1)]).optional(),
  rslora: z.boolean().optional(),
});

const freezing = z.strictObject({
  /** The token, position and segment tables. */
  embeddings: z.boolean().default(false),
  /** So many blocks from the input on. */
  layers: z.int().min(0).default(0),
});

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

/** Each loss knows its own options. */
function passOn(context: z.RefinementCtx, make: () => unknown): void {
  try {
    make();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const { field, expected } of error.problems) {
      context.addIssue({ code: 'custom', path: field.split('.'), message: `expected ${expected}` });
    }
  }
}

/** All that `tuneEmbedder` can be told in a config file: training's settings, and these. Unknown keys are errors. */
export const embedderSettings = z.strictObject({
  ...trainingSettingsSchema.shape,
  /** A checkpoint of a small encoder takes a second; steps on a CPU take several. */
  checkpointEvery: trainingSettingsSchema.shape.checkpointEvery.unwrap().default(50),
  /** Rows in a batch: what the loss sees. Default 32, sentence-transformers' examples have 16 to 64. */
  batchSize: z.int().min(1).default(32),
  /** Tokens whose activations exist at a time: what memory sees. It changes nothing in the result. `auto`: measured. */
  tokensInMemory: z.union([z.literal('auto'), z.int().min(1)]).default('auto'),
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
  /** Train adapters, which are merged at the end, instead of all weights; `{}` for the defaults. */
  lora: lora.optional(),
  freeze: freezing.prefault({}),
});

export type ObjectiveSetting = z.input<typeof objectiveSetting>;
/** As written by a person: everything may be left out. */
export type EmbedderSettings = z.input<typeof embedderSettings>;
/** With the defaults filled in. */
export type ResolvedEmbedderSettings = z.output<typeof embedderSettings>;
