import type { Module } from '@ragwright/torch/nn';
import {
  AdamW,
  constantSchedule,
  cosineSchedule,
  linearSchedule,
  noDecayOnBiasAndNorm,
  type Optimizer,
  type Schedule,
} from '@ragwright/torch/optim';
import { ConfigError } from '../../base/errors.ts';
import type { TrainingSettings, TrainingTask } from './types.ts';

/** How long a run is and what happens when; follows from the settings and the size of the data. */
export interface TrainingPlan {
  readonly totalSteps: number;
  readonly warmupSteps: number;
  /** Learning-rate factor of a step counted from 0. */
  readonly schedule: Schedule;
  /** Whether dev is evaluated when so many steps are done. */
  evaluatesAt(step: number): boolean;
  /** Whether a checkpoint is written when so many steps are done, the last apart. */
  checkpointsAt(step: number): boolean;
}

/** Warm-up: a ratio of all steps, rounded up, as transformers' Trainer does. @throws ConfigError without batches */
export function planTraining(
  task: Pick<TrainingTask<never>, 'batchesPerEpoch' | 'evaluate'>,
  settings: TrainingSettings,
): TrainingPlan {
  const { epochs, maxSteps, warmupRatio, evaluateEvery, evaluateAtStart, checkpointEvery } = settings;
  if (task.batchesPerEpoch < 1) {
    const got = String(task.batchesPerEpoch);
    throw new ConfigError('training data', [{ field: '', expected: 'at least one batch an epoch', got }]);
  }
  const totalSteps = Math.min(maxSteps ?? Number.POSITIVE_INFINITY, Math.ceil(epochs * task.batchesPerEpoch));
  const warmupSteps = Math.ceil(totalSteps * warmupRatio);
  const interval = evaluateEvery || task.batchesPerEpoch;
  return {
    totalSteps,
    warmupSteps,
    schedule: scheduleOf(settings.schedule, warmupSteps, totalSteps),
    evaluatesAt: (step) => {
      if (!task.evaluate) return false;
      return step === 0 ? evaluateAtStart : step % interval === 0 || step === totalSteps;
    },
    checkpointsAt: (step) => checkpointEvery > 0 && step > 0 && step % checkpointEvery === 0,
  };
}

function scheduleOf(name: TrainingSettings['schedule'], warmupSteps: number, totalSteps: number): Schedule {
  if (name === 'constant') return constantSchedule({ warmupSteps });
  return name === 'cosine'
    ? cosineSchedule({ warmupSteps, totalSteps })
    : linearSchedule({ warmupSteps, totalSteps });
}

/** AdamW over what is trainable. @throws ConfigError if nothing is */
export function optimizerFor(
  model: Module,
  { learningRate, weightDecay }: Pick<TrainingSettings, 'learningRate' | 'weightDecay'>,
): Optimizer {
  const trainable = model.namedParameters().filter(([, tensor]) => tensor.requiresGrad);
  if (trainable.length === 0) {
    const problem = {
      field: 'freeze',
      expected: 'something left to train',
      got: 'a model that is all frozen',
    };
    throw new ConfigError('training', [problem]);
  }
  return new AdamW(noDecayOnBiasAndNorm(trainable, weightDecay), { lr: learningRate });
}
