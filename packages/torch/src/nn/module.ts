import { noGrad } from '../autograd/index.ts';
import { ArgumentError } from '../errors.ts';
import { scope } from '../memory/index.ts';
import { native } from '../native/attach.ts';
import { checkOptions } from '../ops/arguments.ts';
import { type DType, isDType } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { isParameterDType } from './options.ts';
import { allOrNothing, own } from './parameter.ts';
import {
  checkSource,
  type LoadOptions,
  loadInto,
  type StateDict,
  type StateDictProblems,
  sourceOf,
  type WeightSource,
} from './stateDict.ts';
import { type Slot, walk } from './walk.ts';

/** Which parameters: a predicate, a pattern, or a dotted prefix ("encoder.layer.0"). */
export type NameFilter = string | RegExp | ((name: string, tensor: Tensor) => boolean);

function matches(filter: NameFilter | undefined, name: string, tensor: Tensor): boolean {
  if (filter === undefined) return true;
  if (typeof filter === 'function') return filter(name, tensor);
  if (typeof filter === 'string') return name === filter || name.startsWith(`${filter}.`);
  return name.search(filter) >= 0; // not test(): a pattern with the g flag would remember its place
}

/** What {@link Module.to} converts to. */
export interface ModuleTarget {
  readonly dtype?: DType;
  readonly device?: string;
}

function targetOf(target: unknown): ModuleTarget {
  if (isDType(target)) return { dtype: target };
  if (typeof target === 'string') return { device: target };
  checkOptions('Module.to', target, ['dtype', 'device']);
  return target as ModuleTarget;
}

/**
 * A part of a model. Its parameters and buffers are the tensors marked by `parameter()` and `buffer()` in
 * its own fields, and those of the modules in its fields, in arrays, and in plain records; the dotted path
 * of fields is the name in the state dict, so fields are called as in the checkpoint.
 *
 * A module owns its parameters, their gradients and its buffers: no scope frees them, {@link dispose} does.
 */
export abstract class Module {
  /** Whether dropout is active. Set by {@link train} and {@link eval}. */
  training = true;

  /** Every place that holds a parameter or buffer. Tied weights come once per name. */
  slots(): Slot[] {
    const isModule = (value: object): boolean => value instanceof Module;
    return [...walk(this, isModule)].flatMap((visit) => ('slot' in visit ? [visit.slot] : []));
  }

  /** Parameters with their names; a tied weight once, under its first name, as in PyTorch. */
  namedParameters(): [name: string, tensor: Tensor][] {
    return this.#named('parameter');
  }

  parameters(): Tensor[] {
    return this.namedParameters().map(([, tensor]) => tensor);
  }

  namedBuffers(): [name: string, tensor: Tensor][] {
    return this.#named('buffer');
  }

  #named(kind: Slot['kind']): [string, Tensor][] {
    const seen = new Set<Tensor>();
    const named: [string, Tensor][] = [];
    for (const slot of this.slots()) {
      if (slot.kind !== kind || seen.has(slot.tensor)) continue;
      seen.add(slot.tensor);
      named.push([slot.name, slot.tensor]);
    }
    return named;
  }

  /** This module (named '') and all below it, each once. */
  namedModules(): [name: string, module: Module][] {
    const seen = new Set<Module>([this]);
    const named: [string, Module][] = [['', this]];
    for (const visit of walk(this, (value) => value instanceof Module)) {
      if ('node' in visit && visit.node instanceof Module && !seen.has(visit.node)) {
        seen.add(visit.node);
        named.push([visit.name, visit.node]);
      }
    }
    return named;
  }

  modules(): Module[] {
    return this.namedModules().map(([, module]) => module);
  }

  /** Switches this module and all below it to training (dropout on). */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** Switches this module and all below it to evaluation (dropout off). */
  eval(): this {
    return this.train(false);
  }

  /** Takes parameters out of training: no gradient is computed for them. Returns how many matched. */
  freeze(filter?: NameFilter): number {
    return this.#setRequiresGrad(filter, false);
  }

  /** Puts parameters back into training. Returns how many matched. */
  unfreeze(filter?: NameFilter): number {
    return this.#setRequiresGrad(filter, true);
  }

  #setRequiresGrad(filter: NameFilter | undefined, value: boolean): number {
    const chosen = this.namedParameters().filter(([name, tensor]) => matches(filter, name, tensor));
    for (const [, tensor] of chosen) {
      tensor.requiresGrad_(value);
      if (!value) native.setGrad(tensor.handle, null);
    }
    return chosen.length;
  }

  /** Drops all gradients (sets them to none, which frees their memory). */
  zeroGrad(): void {
    native.zeroGrad(this.parameters().map((tensor) => tensor.handle));
  }

  /** The live parameters and buffers by name; a tied weight under each of its names. */
  stateDict(): Map<string, Tensor> {
    return new Map(this.slots().map((slot) => [slot.name, slot.tensor]));
  }

  /**
   * Copies values into the parameters and buffers, converting dtype and device.
   *
   * @returns what did not match (empty lists unless `strict` is false)
   * @throws StateDictError that lists all missing, unexpected and mis-shaped names; nothing is changed then
   */
  loadStateDict(state: StateDict, options: LoadOptions = {}): StateDictProblems {
    return loadInto('loadStateDict', this.slots(), sourceOf('loadStateDict', state), options);
  }

  /** As {@link loadStateDict}, but reads tensor by tensor, e.g. from an opened safetensors file. */
  loadFrom(source: WeightSource, options: LoadOptions = {}): StateDictProblems {
    checkSource('loadFrom', source);
    return loadInto('loadFrom', this.slots(), source, options);
  }

  /**
   * Converts floating-point parameters and buffers to a dtype, and moves all to a device. The tensors are
   * replaced (and the old ones released), so make the optimizer afterwards. Gradients are dropped.
   *
   * @param target both, or the name of one of them: `model.to('bfloat16')`, `model.to('cuda')`
   * @throws ArgumentError for a dtype that is not floating-point; nothing is changed if a conversion fails
   */
  to(target: DType | (string & {}) | ModuleTarget): this {
    const { dtype, device } = targetOf(target);
    if (dtype !== undefined && !isParameterDType(dtype)) {
      throw new ArgumentError('Module.to', 'parameters need a floating-point dtype', { got: String(dtype) });
    }
    const slots = this.slots();
    const moved = new Map<Tensor, Tensor>();
    allOrNothing(() => {
      for (const { tensor, kind } of slots) {
        if (!moved.has(tensor)) moved.set(tensor, convert(tensor, kind, dtype, device));
      }
    });
    for (const { tensor, owner, key } of slots) owner[key] = moved.get(tensor);
    for (const [before, after] of moved) if (before !== after) before.dispose();
    return this;
  }

  /** Releases all parameters, gradients and buffers. The module cannot be used afterwards. */
  dispose(): void {
    for (const { tensor } of this.slots()) tensor.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function convert(
  tensor: Tensor,
  kind: Slot['kind'],
  dtype: DType | undefined,
  device: string | undefined,
): Tensor {
  const target = isParameterDType(tensor.dtype) && dtype ? dtype : tensor.dtype;
  if (target === tensor.dtype && (device === undefined || device === tensor.device)) return tensor;
  const requiresGrad = tensor.requiresGrad;
  return noGrad(() =>
    scope(() =>
      own(tensor.to({ dtype: target, device: device ?? tensor.device }).detach(), kind, requiresGrad),
    ),
  );
}
