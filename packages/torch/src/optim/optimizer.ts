import { ArgumentError, TensorDisposedError } from '../errors.ts';
import type { Handle } from '../native/addon.ts';
import { native } from '../native/attach.ts';
import { checkOptions, isObject } from '../ops/arguments.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkNumbers, type OptimizerParameters, type ResolvedGroup, resolveGroups } from './groups.ts';
import { checkAlive } from './members.ts';
import { GroupState, type OptimizerStateDict } from './optimizerState.ts';
import { checkSaved } from './savedState.ts';

export interface StepOptions {
  /** Multiplies every group's learning rate for this step; what a schedule returns. Default 1. */
  readonly lrFactor?: number;
}

export interface Optimizer {
  /** Updates every parameter that has a gradient. */
  step(options?: StepOptions): void;
  /** Drops all gradients (sets them to none, which frees their memory). */
  zeroGrad(): void;
  stateDict(): OptimizerStateDict;
  /** Takes over a saved state; nothing is changed if it does not fit. */
  loadStateDict(state: OptimizerStateDict): void;
  /** Frees the optimizer's own tensors, not the parameters. Only {@link zeroGrad} works afterwards. */
  dispose(): void;
}

/** What distinguishes one optimizer from another. */
export interface UpdateRule<Settings extends { readonly lr: number }> {
  readonly name: string;
  readonly defaults: Settings;
  /** Throws for settings out of bounds. */
  check(settings: Settings): void;
  /** Names of the state tensors of each parameter. */
  slots(settings: Settings): readonly string[];
  /** One native step over a list; `lr` in the settings is already multiplied by the schedule's factor. */
  apply(parameters: Handle[], slots: Handle[][], steps: Float64Array, settings: Settings): void;
}

const handles = (tensors: readonly Tensor[]): Handle[] => tensors.map((tensor) => tensor.handle);

/** @throws ArgumentError for a setting that the rule does not have */
function withDefaults<Settings extends { readonly lr: number }>(
  { name, defaults }: UpdateRule<Settings>,
  options: Partial<Settings>,
): Settings {
  if (!isObject(options)) checkOptions(name, options, Object.keys(defaults));
  const known = Object.keys(defaults);
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      const expected = known.join(', ');
      throw new ArgumentError(name, `there is no setting '${key}'`, { expected, got: key });
    }
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}

/** The bookkeeping that all update rules share: groups, state, steps. */
export class RuleOptimizer<Settings extends { readonly lr: number }> implements Optimizer {
  readonly #rule: UpdateRule<Settings>;
  readonly #groups: readonly { readonly settings: Settings; readonly state: GroupState }[];
  #disposed = false;

  constructor(
    rule: UpdateRule<Settings>,
    parameters: OptimizerParameters<Settings>,
    options: Partial<Settings>,
  ) {
    this.#rule = rule;
    const defaults = withDefaults(rule, options);
    const groups: ResolvedGroup<Settings>[] = resolveGroups(rule.name, parameters, defaults, rule.check);
    this.#groups = groups.map(({ names, tensors, settings }) => ({
      settings,
      state: new GroupState(names, tensors, rule.slots(settings)),
    }));
  }

  step(options: StepOptions = {}): void {
    const op = `${this.#rule.name}.step`;
    checkOptions(op, options, ['lrFactor']);
    const { lrFactor = 1 } = options;
    checkNumbers(op, { lrFactor });
    this.#checkUsable(op);
    for (const { state } of this.#groups) checkAlive(op, state.names, state.parameters);
    for (const { settings, state } of this.#groups) {
      const { indexes, slots } = state.active();
      if (indexes.length === 0) continue;
      const chosen = indexes.map((i) => state.parameters[i] as Tensor);
      const steps = Float64Array.from(indexes, (i) => state.steps[i] as number);
      const scaled = { ...settings, lr: settings.lr * lrFactor };
      this.#rule.apply(handles(chosen), slots.map(handles), steps, scaled);
      indexes.forEach((i, at) => {
        state.steps[i] = steps[at] as number;
      });
    }
  }

  zeroGrad(): void {
    const op = `${this.#rule.name}.zeroGrad`;
    for (const { state } of this.#groups) checkAlive(op, state.names, state.parameters);
    native.zeroGrad(this.#groups.flatMap(({ state }) => handles(state.parameters)));
  }

  stateDict(): OptimizerStateDict {
    this.#checkUsable(`${this.#rule.name}.stateDict`);
    const tensors: Record<string, Tensor> = {};
    const steps: Record<string, number> = {};
    for (const { state } of this.#groups) state.save(tensors, steps);
    return { tensors, steps };
  }

  loadStateDict(saved: OptimizerStateDict): void {
    const op = `${this.#rule.name}.loadStateDict`;
    this.#checkUsable(op);
    const states = this.#groups.map(({ state }) => state);
    for (const state of states) checkAlive(op, state.names, state.parameters);
    checkSaved(op, states, saved);
    for (const state of states) state.load(saved);
  }

  /** A state that was disposed of would start again from zeros, without a word. */
  #checkUsable(op: string): void {
    if (this.#disposed) throw new TensorDisposedError(op, 'the optimizer was disposed: make a new one');
  }

  dispose(): void {
    this.#disposed = true;
    for (const { state } of this.#groups) state.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
