/**
 * The contract with the C++ addon (`native/*.cc`): everything it exports, and nothing else.
 *
 * A tensor crosses the border as a {@link Handle}: a plain number made of a slot (low 24 bits) and that
 * slot's generation (next 29 bits). A released slot gets a new generation, so a stale handle is detected
 * instead of reading another tensor. Handles live in one table per process; any thread may use one.
 */
export type Handle = number;

/** An ATen op bound to its overload. Takes the arguments by position; `undefined` means the schema's default. */
export type BoundOp = (...args: unknown[]) => unknown;

/** Which TypeScript error a native failure becomes. */
export type NativeErrorKind =
  | 'shape'
  | 'dtype'
  | 'device'
  | 'index'
  | 'disposed'
  | 'argument'
  | 'memory'
  | 'unsupported'
  | 'file'
  | 'op';

/** Makes the typed error that the addon then throws. `got` describes the arguments ("self: float32[2, 3] cpu"). */
export type ErrorFactory = (kind: NativeErrorKind, op: string, message: string, got: string) => Error;

export interface LibraryInfo {
  /** libtorch's version, e.g. "2.13.0". */
  readonly version: string;
  readonly cudaDevices: number;
  /** Why `libtorch_cuda` lies beside `libtorch_cpu` but was not loaded; empty if it was, or is absent. */
  readonly cudaLoadError: string;
  readonly mps: boolean;
  /** libtorch's own description of its build: BLAS, oneDNN, CPU capability. */
  readonly build: string;
}

export interface NativeMemory {
  /** Live handles. */
  readonly liveTensors: number;
  /** Bytes of the distinct storages that these handles and their gradients reach. */
  readonly bytes: number;
}

export interface AdamWOptions {
  readonly lr: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
}

export interface SgdOptions {
  readonly lr: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

export interface NativeAddon {
  /** Must be called once in each thread before anything else. */
  setErrorFactory(factory: ErrorFactory): void;
  libraryInfo(): LibraryInfo;

  // ---- ops -------------------------------------------------------------------------------------------
  /**
   * Binds `aten::add` / `Tensor`. `argNames` are the names in the order in which the caller will pass them;
   * they are matched by name with this libtorch's schema, so versions may differ in order and number.
   * Never throws for an op that this libtorch lacks: the bound function throws ('unsupported') when called.
   * A bound op returns: a Handle for a Tensor; an array for Tensor[] and for several results; a number,
   * bigint or boolean for scalars; `undefined` for in-place ops (the caller already has `self`).
   */
  op(name: string, overload: string, argNames: readonly string[]): BoundOp;
  /** Every overload's schema of `aten::add` as text, sorted; empty if the op is unknown here. */
  opSchemas(name: string): string[];

  // ---- handles and scopes ------------------------------------------------------------------------------
  /** Frees the handle. False if it was not live (releasing twice is harmless). */
  release(handle: Handle): boolean;
  isLive(handle: Handle): boolean;
  /** Opens a scope below the current one and makes it current. */
  scopeOpen(): number;
  /** Makes an open scope (0 = none) the current one. */
  scopeSelect(scope: number): void;
  /** Frees everything the scope owns except `survivors`, which pass to `target` (0 = no scope); `target` becomes current. */
  scopeClose(scope: number, survivors: readonly Handle[], target: number): void;
  /** Moves a handle to a scope (0 = out of all scopes). */
  scopeMove(handle: Handle, scope: number): void;
  /** A second handle on the same tensor that no thread owns yet, to be posted to another thread. */
  share(handle: Handle): Handle;
  /** Takes a posted handle into this thread (and its current scope). */
  adopt(handle: Handle): void;
  memory(which: 'process' | 'thread'): NativeMemory;

  // ---- data --------------------------------------------------------------------------------------------
  /** Copies a typed array into a new CPU tensor. `dtype` is c10's ScalarType code; byte lengths must match. */
  fromTypedArray(data: ArrayBufferView, dtype: number, shape: readonly number[]): Handle;
  /** Copies the tensor's elements (row-major, from any device) into `target`, whose byte length must match. */
  toTypedArray(handle: Handle, target: ArrayBufferView): void;
  /** The one element of a one-element tensor. int64 beyond ±2^53 comes back as bigint. */
  item(handle: Handle): number | bigint | boolean;
  shape(handle: Handle): number[];
  strides(handle: Handle): number[];
  dtype(handle: Handle): number;
  /** "cpu", "cuda:0", "mps:0". */
  device(handle: Handle): string;
  numel(handle: Handle): number;
  isContiguous(handle: Handle): boolean;
  /** Reads the contiguous CPU tensor's bytes from a file descriptor at `offset` (pread). 'file' error if it ends early. */
  readFile(handle: Handle, fd: number, offset: number): void;
  /** Writes the tensor's bytes to a file descriptor at `offset` (pwrite). */
  writeFile(handle: Handle, fd: number, offset: number): void;

  // ---- autograd ----------------------------------------------------------------------------------------
  backward(
    roots: readonly Handle[],
    gradients: readonly (Handle | null)[],
    retainGraph: boolean,
    createGraph: boolean,
  ): void;
  grad(
    outputs: readonly Handle[],
    inputs: readonly Handle[],
    gradOutputs: readonly (Handle | null)[],
    retainGraph: boolean,
    createGraph: boolean,
    allowUnused: boolean,
  ): (Handle | null)[];
  requiresGrad(handle: Handle): boolean;
  setRequiresGrad(handle: Handle, value: boolean): void;
  isLeaf(handle: Handle): boolean;
  /** The accumulated gradient, or null. */
  gradOf(handle: Handle): Handle | null;
  setGrad(handle: Handle, gradient: Handle | null): void;
  /** Drops (sets to none) the gradients of all. */
  zeroGrad(handles: readonly Handle[]): void;
  isGradEnabled(): boolean;
  setGradEnabled(enabled: boolean): void;
  /** Turns autocast on (dtype = ScalarType code) or off (-1) for "cpu" or "cuda"; returns what it was. Off also clears the cast cache. */
  setAutocast(deviceType: string, dtype: number): number;

  // ---- random, threads, devices ------------------------------------------------------------------------
  /** Seeds every device's default generator. */
  manualSeed(seed: number | bigint): void;
  /** The generator's state as a uint8 tensor. */
  getRngState(device: string): Handle;
  setRngState(device: string, state: Handle): void;
  getNumThreads(): number;
  setNumThreads(threads: number): void;
  synchronize(device: string): void;
  /** Gives memory that is kept for reuse, on the CPU and on CUDA devices, back to the system. */
  emptyCache(): void;
  /** Bytes in use and reserved on a CUDA device; null where libtorch cannot tell. */
  deviceMemory(device: string): { allocated: number; reserved: number } | null;

  // ---- optimizer steps over tensor lists ------------------------------------------------------------------
  /**
   * One AdamW step (decoupled weight decay) for every parameter that has a gradient; the others are left
   * alone. `steps[i]` is incremented for each parameter stepped.
   */
  adamwStep(
    parameters: readonly Handle[],
    expAvgs: readonly Handle[],
    expAvgSqs: readonly Handle[],
    steps: Float64Array,
    options: AdamWOptions,
  ): void;
  /** One SGD step. `momenta` is empty without momentum. `steps[i]` as above; the first step copies the gradient. */
  sgdStep(
    parameters: readonly Handle[],
    momenta: readonly Handle[],
    steps: Float64Array,
    options: SgdOptions,
  ): void;
  /** Multiplies all gradients in place by `factor`. */
  scaleGrad(parameters: readonly Handle[], factor: number): void;
  /** Total 2-norm of all gradients; if `maxNorm` is finite, scales them to it (as torch.nn.utils.clip_grad_norm_). */
  clipGradNorm(parameters: readonly Handle[], maxNorm: number): number;
}
