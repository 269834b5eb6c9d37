import { manualSeed, rngState, setRngState } from '@ragwright/torch';
import type { Module } from '@ragwright/torch/nn';

/**
 * Where a run stands: what a resumed run needs beside the weights and the optimizer's state. JSON. The schedule's
 * position is the step; the order of the data follows from seed and epoch, so its position is two numbers.
 */
export interface TrainingState {
  /** Steps done. */
  step: number;
  /** The batch that comes next: epoch and number in it, from 0. */
  epoch: number;
  batch: number;
  tokens: number;
  seconds: number;
  /** Losses of the last steps, newest last. */
  losses: number[];
  /** Step of the last evaluation; −1 if there was none. */
  evaluatedAt: number;
  /** Evaluations in a row that were not better. */
  badEvaluations: number;
  best?: { step: number; metric: number } | undefined;
  /** Random generators by device, base64. */
  rng: Record<string, string>;
}

const keptLosses = 50;

export function addLoss(state: TrainingState, loss: number): void {
  state.losses.push(loss);
  if (state.losses.length > keptLosses) state.losses.shift();
}

export const meanLoss = ({ losses }: TrainingState): number =>
  losses.reduce((sum, loss) => sum + loss, 0) / Math.max(1, losses.length);

/** The state before the first step, with generators that only the seed decides. */
export function initialState(model: Module, seed: number): TrainingState {
  const state: TrainingState = {
    step: 0,
    epoch: 0,
    batch: 0,
    tokens: 0,
    seconds: 0,
    losses: [],
    evaluatedAt: -1,
    badEvaluations: 0,
    rng: {},
  };
  manualSeed(seed);
  readGenerators(state, devicesOf(model));
  return state;
}

/**
 * Runs one step with the run's own random numbers. libtorch has one generator per device and process: whatever
 * others draw between two steps must not change the run.
 */
export function withGenerators<T>(state: TrainingState, run: () => T): T {
  for (const [device, saved] of Object.entries(state.rng)) setRngState(Buffer.from(saved, 'base64'), device);
  const result = run();
  readGenerators(state, Object.keys(state.rng));
  return result;
}

function readGenerators(state: TrainingState, devices: readonly string[]): void {
  for (const device of devices) state.rng[device] = Buffer.from(rngState(device)).toString('base64');
}

const devicesOf = (model: Module): string[] => [
  ...new Set(['cpu', ...model.parameters().map((tensor) => tensor.device)]),
];
