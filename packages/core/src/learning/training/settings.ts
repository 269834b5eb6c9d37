import * as z from 'zod';
import { parseSettings } from '../../base/settings.ts';
import type { TrainingSettings } from './types.ts';

const count = z.int().min(0);

/** Keys, bounds and defaults of {@link TrainingSettings}. Recipes spread `.shape` into their own settings. */
export const trainingSettingsSchema = z.strictObject({
  epochs: z.number().positive().default(1),
  maxSteps: z.int().min(1).optional(),
  learningRate: z.number().positive().default(2e-5),
  schedule: z.enum(['linear', 'cosine', 'constant']).default('linear'),
  warmupRatio: z.number().min(0).max(1).default(0.1),
  weightDecay: z.number().min(0).default(0),
  maxGradNorm: z.number().min(0).default(1),
  precision: z.enum(['float32', 'bfloat16']).default('float32'),
  seed: z.int().min(0).default(42),
  checkpointEvery: count.default(500),
  keepCheckpoints: z.int().min(1).default(2),
  evaluateEvery: count.default(0),
  evaluateAtStart: z.boolean().default(true),
  bestMetric: z.string().min(1).default('ndcg@10'),
  patience: count.default(0),
});

/** Settings that a resumed run may change: they decide what is kept, not what is computed. */
export const freeSettings: readonly string[] = ['checkpointEvery', 'keepCheckpoints'];

/** @throws ConfigError that lists everything that is wrong */
export const resolveTrainingSettings = (settings: Partial<TrainingSettings> = {}): TrainingSettings =>
  parseSettings(trainingSettingsSchema, settings, 'training settings');
