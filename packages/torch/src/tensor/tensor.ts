import { inspect } from 'node:util';
import { disown, own } from '../memory/ownership.ts';
import type { Handle } from '../native/addon.ts';
import { native } from '../native/attach.ts';
import { convert, type Device, type ToOptions } from './convert.ts';
import { type DType, dtypeName, type TypedArray } from './dtype.ts';
import { describe } from './format.ts';
import { readArray, readNested, type TensorValue } from './read.ts';
import { handleInTicket, type SharedTensor, ticketFor } from './ticket.ts';

/** Makes structuredClone and postMessage of a Tensor fail with this text: a copied handle has no owner. */
const POST_A_TICKET = Symbol(
  'a Tensor: post tensor.share() and pass it to Tensor.adopt() in the other thread;',
);

export interface BackwardOptions {
  /** dL/d(this), of this tensor's shape. Default: 1, for a tensor of one element. */
  readonly gradient?: Tensor | null | undefined;
  /** Keep the graph for another backward pass. Default: `createGraph`. */
  readonly retainGraph?: boolean | undefined;
  /** Record the backward pass itself, for higher derivatives. Default: false. */
  readonly createGraph?: boolean | undefined;
}

/**
 * A tensor of libtorch. It is freed by its memory scope, by `dispose()` (or `using`), or, outside of all
 * scopes, when it is garbage collected. Every member throws TensorDisposedError after that.
 */
export class Tensor {
  readonly handle: Handle;
  /** @internal */
  readonly notCloneable = POST_A_TICKET;

  /** @internal Takes over a handle that nobody else owns. */
  constructor(handle: Handle) {
    this.handle = handle;
    own(this);
  }

  /** Takes a tensor that another thread shared, into this thread and its current scope. Once per ticket. */
  static adopt(ticket: SharedTensor): Tensor {
    const handle = handleInTicket(ticket);
    native.adopt(handle);
    return new Tensor(handle);
  }

  /** The size of each dimension; [] for a scalar. */
  get shape(): number[] {
    return native.shape(this.handle);
  }

  /** Steps between neighbours of each dimension, in elements. */
  get strides(): number[] {
    return native.strides(this.handle);
  }

  get ndim(): number {
    return native.shape(this.handle).length;
  }

  /** Number of elements. */
  get numel(): number {
    return native.numel(this.handle);
  }

  get dtype(): DType {
    return dtypeName(native.dtype(this.handle));
  }

  /** "cpu", "cuda:0", "mps:0". */
  get device(): Device {
    return native.device(this.handle) as Device;
  }

  get isContiguous(): boolean {
    return native.isContiguous(this.handle);
  }

  /** Whether operations on this tensor are recorded for `backward()`. */
  get requiresGrad(): boolean {
    return native.requiresGrad(this.handle);
  }

  /** True if no recorded operation made it: gradients accumulate in leaves only. */
  get isLeaf(): boolean {
    return native.isLeaf(this.handle);
  }

  /** True once it was released. */
  get isDisposed(): boolean {
    return !native.isLive(this.handle);
  }

  /** The accumulated gradient. Each reading makes a new Tensor on the same memory, owned like any other. */
  get grad(): Tensor | null {
    const handle = native.gradOf(this.handle);
    return handle === null ? null : new Tensor(handle);
  }

  set grad(gradient: Tensor | null) {
    native.setGrad(this.handle, gradient === null ? null : handleOf(gradient));
  }

  /** Switches recording on or off. Leaves of floating-point or complex type only. */
  requiresGrad_(value = true): this {
    native.setRequiresGrad(this.handle, value);
    return this;
  }

  /** Adds the derivatives of this tensor to `grad` of the leaves that it was computed from. */
  backward(options: BackwardOptions = {}): void {
    const gradient = options?.gradient ?? null;
    const createGraph = options?.createGraph ?? false;
    const retainGraph = options?.retainGraph ?? createGraph;
    native.backward([this.handle], [gradient === null ? null : handleOf(gradient)], retainGraph, createGraph);
  }

  /** The value of a one-element tensor; int64 beyond ±2^53 as bigint. */
  item(): number | bigint | boolean {
    return native.item(this.handle);
  }

  /**
   * The elements in row-major order, copied from any device: Float32Array, BigInt64Array …; bit patterns for
   * float16 and bfloat16 (Uint16Array), float8 and bool (Uint8Array); real, imaginary pairs for complex.
   */
  data(): TypedArray {
    return readArray(this.handle);
  }

  /**
   * The elements as nested arrays (a single value for a scalar). int64 beyond ±2^53 as bigint; complex
   * numbers as [real, imaginary].
   */
  toArray(): TensorValue {
    return readNested(this.handle);
  }

  /**
   * This tensor in another dtype, on another device, or both: `t.to('bfloat16')`, `t.to('cuda')`,
   * `t.to({ dtype, device, copy: true })`. Shares memory with this one if nothing changes and not `copy`.
   */
  to(target: DType | Device | ToOptions): Tensor {
    return new Tensor(convert(this.handle, target));
  }

  /**
   * A ticket to post to another thread of this process, where `Tensor.adopt` takes it. Both threads see the
   * same memory, but each has a gradient of its own: the adopted tensor is detached from this one's graph, and
   * a leaf that requires a gradient still does.
   */
  share(): SharedTensor {
    return ticketFor(native.share(this.handle));
  }

  /** Frees the tensor. Harmless when repeated. */
  dispose(): void {
    disown(this);
  }

  [Symbol.dispose](): void {
    disown(this);
  }

  /** Type, shape, device and the first elements. */
  toString(): string {
    return describe(this.handle);
  }

  [inspect.custom](): string {
    return describe(this.handle);
  }
}

/** The handle of what should be a Tensor; for anything else, something that the addon refuses by name. */
export function handleOf(tensor: Tensor): Handle {
  return (tensor as Tensor | null | undefined)?.handle as Handle;
}
