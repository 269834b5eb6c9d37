import { ArgumentError } from '../errors.ts';
import { checkOptions } from '../ops/arguments.ts';

/** Learning-rate factor in [0, 1] for a step counted from 0: `optimizer.step({ lrFactor: schedule(step) })`. */
export type Schedule = (step: number) => number;

export interface WarmupOptions {
  /** Steps over which the factor rises linearly from 0; default 0. */
  readonly warmupSteps?: number;
}

export interface DecayOptions extends WarmupOptions {
  /** Steps in all, the warm-up included. */
  readonly totalSteps: number;
}

function checkSteps(name: string, steps: Readonly<Record<string, number>>): void {
  for (const [field, value] of Object.entries(steps)) {
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new ArgumentError(name, `${field} must be a whole number ≥ 0`, { got: String(value) });
  }
}

/** Without an argument, what is missing is named by the check of its value. */
function checked<T extends object>(op: string, options: T | undefined, names: readonly string[]): T {
  const given = options === undefined ? ({} as T) : options;
  checkOptions(op, given, names);
  return given;
}

const warmup = (step: number, warmupSteps: number): number => step / Math.max(1, warmupSteps);

/** Fraction of the steps after the warm-up that are done. */
const progress = (step: number, warmupSteps: number, totalSteps: number): number =>
  (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps);

/** 1 after the warm-up. As transformers' `get_constant_schedule_with_warmup`. */
export function constantSchedule(options: WarmupOptions = {}): Schedule {
  const { warmupSteps = 0 } = checked('constantSchedule', options, ['warmupSteps']);
  checkSteps('constantSchedule', { warmupSteps });
  return (step) => (step < warmupSteps ? warmup(step, warmupSteps) : 1);
}

/** Falls linearly from 1 after the warm-up to 0 at `totalSteps`. As `get_linear_schedule_with_warmup`. */
export function linearSchedule(options: DecayOptions): Schedule {
  const { warmupSteps = 0, totalSteps } = checked('linearSchedule', options, ['warmupSteps', 'totalSteps']);
  checkSteps('linearSchedule', { warmupSteps, totalSteps });
  return (step) =>
    step < warmupSteps
      ? warmup(step, warmupSteps)
      : Math.max(0, (totalSteps - step) / Math.max(1, totalSteps - warmupSteps));
}

/**
 * Falls along a cosine (arXiv 1608.03983) from 1 after the warm-up. As `get_cosine_schedule_with_warmup`.
 *
 * @param options.cycles waves until `totalSteps`; default 0.5, which ends at 0
 * @param options.minFactor where the cosine has its floor; default 0
 */
export function cosineSchedule(
  options: DecayOptions & { readonly cycles?: number; readonly minFactor?: number },
): Schedule {
  const names = ['warmupSteps', 'totalSteps', 'cycles', 'minFactor'];
  const {
    warmupSteps = 0,
    totalSteps,
    cycles = 0.5,
    minFactor = 0,
  } = checked('cosineSchedule', options, names);
  checkSteps('cosineSchedule', { warmupSteps, totalSteps });
  return (step) => {
    if (step < warmupSteps) return warmup(step, warmupSteps);
    const wave = 0.5 * (1 + Math.cos(Math.PI * cycles * 2 * progress(step, warmupSteps, totalSteps)));
    return Math.max(0, wave * (1 - minFactor) + minFactor);
  };
}
