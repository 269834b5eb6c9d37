import { noGrad } from '../autograd/index.ts';
import { keep, scope } from '../memory/index.ts';
import { zerosLike } from '../ops/index.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** What an optimizer remembers: to save beside a checkpoint and to go on from. */
export interface OptimizerStateDict {
  /** `<parameter name>.<slot>`, e.g. `encoder.layer.0.output.dense.weight.exp_avg`. Live tensors. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** Steps taken, by parameter name. */
  readonly steps: Readonly<Record<string, number>>;
}

/** State tensors (`slots` per parameter, zeros at first) and step counts of one parameter group. */
export class GroupState {
  readonly names: readonly string[];
  readonly parameters: readonly Tensor[];
  readonly slots: readonly string[];
  readonly #tensors = new Map<string, Tensor[]>();
  readonly steps: Float64Array;

  constructor(names: readonly string[], parameters: readonly Tensor[], slots: readonly string[]) {
    this.names = names;
    this.parameters = parameters;
    this.slots = slots;
    this.steps = new Float64Array(names.length);
    this.active(); // before the first activations: memory that stays should not lie between memory that goes
  }

  /** The trained parameters, and for each slot one tensor per trained parameter. A frozen one costs nothing. */
  active(): { indexes: number[]; slots: Tensor[][] } {
    const indexes: number[] = [];
    this.parameters.forEach((parameter, i) => {
      if (parameter.requiresGrad) indexes.push(i);
    });
    const states = indexes.map((i) => this.#of(i));
    return { indexes, slots: this.slots.map((_, s) => states.map((state) => state[s] as Tensor)) };
  }

  #of(index: number): Tensor[] {
    const name = this.names[index] as string;
    const known = this.#tensors.get(name);
    if (known) return known;
    const parameter = this.parameters[index] as Tensor;
    const made = noGrad(() => this.slots.map(() => keep(zerosLike(parameter))));
    this.#tensors.set(name, made);
    return made;
  }

  /** Adds this group's part to a state dict. */
  save(tensors: Record<string, Tensor>, steps: Record<string, number>): void {
    this.names.forEach((name, i) => {
      const state = this.#tensors.get(name);
      const taken = this.steps[i] as number;
      if (!state || taken === 0) return;
      steps[name] = taken;
      this.slots.forEach((slot, s) => {
        tensors[`${name}.${slot}`] = state[s] as Tensor;
      });
    });
  }

  /** To be called after `checkSaved`. */
  load(saved: OptimizerStateDict): void {
    noGrad(() =>
      scope(() => {
        this.names.forEach((name, i) => {
          if (!Object.hasOwn(saved.steps, name)) {
            this.steps[i] = 0;
            for (const tensor of this.#tensors.get(name) ?? []) tensor.zero_();
            return;
          }
          this.steps[i] = saved.steps[name] as number;
          const state = this.#of(i);
          this.slots.forEach((slot, s) => {
            (state[s] as Tensor).copy_(saved.tensors[`${name}.${slot}`] as Tensor);
          });
        });
      }),
    );
  }

  dispose(): void {
    for (const state of this.#tensors.values()) for (const tensor of state) tensor.dispose();
    this.#tensors.clear();
    this.steps.fill(0);
  }
}
