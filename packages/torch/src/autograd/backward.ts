import { ArgumentError } from '../errors.ts';
import type { Handle } from '../native/addon.ts';
import { native } from '../native/attach.ts';
import { type BackwardOptions, handleOf, Tensor } from '../tensor/tensor.ts';
import { wrap } from '../tensor/wrap.ts';

type Tensors = Tensor | readonly Tensor[];
type Gradients = Tensor | null | readonly (Tensor | null)[];

/** {@link BackwardOptions} with one gradient per root. */
export interface BackwardManyOptions extends Omit<BackwardOptions, 'gradient'> {
  readonly gradient?: Gradients | undefined;
}

/**
 * Adds the derivatives of `loss` (or the sum over several) to `grad` of the leaves that it was computed from.
 *
 * @throws GradientError if nothing in the graph requires a gradient, the graph was freed by an earlier pass
 * without `retainGraph`, or a root without `gradient` has more than one element; ShapeError if a gradient has
 * another shape than its root.
 */
export function backward(loss: Tensors, options: BackwardManyOptions = {}): void {
  const roots = list('backward', loss);
  const createGraph = options?.createGraph ?? false;
  const retainGraph = options?.retainGraph ?? createGraph;
  native.backward(roots, gradients('backward', options?.gradient, roots.length), retainGraph, createGraph);
}

export interface GradOptions {
  /** dL/d(output), per output. Default: 1, for outputs of one element. */
  readonly gradOutputs?: Gradients | undefined;
  /** Keep the graph for another pass. Default: `createGraph`. */
  readonly retainGraph?: boolean | undefined;
  /** Record the pass itself, for higher derivatives. Default: false. */
  readonly createGraph?: boolean | undefined;
  /** Give null for an input that the outputs do not depend on, instead of failing. Default: false. */
  readonly allowUnused?: boolean | undefined;
}

/** The derivatives of the sum of `outputs` by each input, without touching `grad` of any tensor. */
export function grad(
  outputs: Tensors,
  inputs: Tensors,
  options?: GradOptions & { allowUnused?: false },
): Tensor[];
export function grad(outputs: Tensors, inputs: Tensors, options: GradOptions): (Tensor | null)[];
export function grad(outputs: Tensors, inputs: Tensors, options: GradOptions = {}): (Tensor | null)[] {
  const roots = list('grad', outputs);
  const createGraph = options?.createGraph ?? false;
  const retainGraph = options?.retainGraph ?? createGraph;
  const gradOutputs = gradients('grad', options?.gradOutputs, roots.length);
  const allowUnused = options?.allowUnused ?? false;
  return native
    .grad(roots, list('grad', inputs), gradOutputs, retainGraph, createGraph, allowUnused)
    .map((handle) => (handle === null ? null : wrap(handle)));
}

function list(op: string, tensors: Tensors): Handle[] {
  if (tensors instanceof Tensor) return [tensors.handle];
  if (Array.isArray(tensors)) return tensors.map(handleOf);
  throw new ArgumentError(op, 'a Tensor or an array of Tensors is needed', {
    got: tensors === null ? 'null' : typeof tensors,
  });
}

function gradients(op: string, given: Gradients | undefined, roots: number): (Handle | null)[] {
  if (given === undefined || given === null) return new Array<null>(roots).fill(null);
  if (!(given instanceof Tensor) && !Array.isArray(given)) {
    throw new ArgumentError(op, 'gradients must be a Tensor or an array of Tensors and nulls', {
      got: typeof given,
    });
  }
  const all: readonly (Tensor | null)[] = given instanceof Tensor ? [given] : given;
  if (all.length !== roots) {
    throw new ArgumentError(op, 'one gradient is needed for each root', {
      expected: `${roots}`,
      got: `${all.length}`,
    });
  }
  return all.map((gradient) => (gradient === null ? null : handleOf(gradient)));
}
