import * as z from 'zod';
import { trainingSettingsSchema } from '../training/index.ts';

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

/** What every recipe that tunes an encoder can be told, besides its own settings: spread into theirs. */
export const encoderTrainingShape = {
  ...trainingSettingsSchema.shape,
  /** A checkpoint of a small encoder takes a second; steps on a CPU take several. */
  checkpointEvery: trainingSettingsSchema.shape.checkpointEvery.unwrap().default(50),
  /** Tokens whose activations exist at a time: what memory sees. It changes nothing in the result. `auto`: measured. */
  tokensInMemory: z.union([z.literal('auto'), z.int().min(1)]).default('auto'),
  /** Train adapters, which are merged at the end, instead of all weights; `{}` for the defaults. */
  lora: lora.optional(),
  freeze: freezing.prefault({}),
};

/** Of a recipe's settings those that the loop takes. */
export const forLoop = (settings: Readonly<Record<string, unknown>>) => {
  const own = Object.keys(trainingSettingsSchema.shape);
  return Object.fromEntries(Object.entries(settings).filter(([key]) => own.includes(key)));
};
