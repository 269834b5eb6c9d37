import type { NativeErrorKind } from './native/addon.ts';

export interface TorchErrorFields {
  /** What was needed, where libtorch's message or the check says it. */
  readonly expected?: string | undefined;
  /** What was passed, e.g. "self: float32[2, 3] cpu, other: float32[4] cpu". */
  readonly got?: string | undefined;
  readonly cause?: unknown;
}

const brandOf = new Map<unknown, symbol>();

/** Gives a class its name and a marker that `isInstance` finds, also in another copy of this package. */
export function brand(type: { readonly prototype: object }, name: string): void {
  const symbol = Symbol.for(`ragwright.torch.${name}`);
  brandOf.set(type, symbol);
  Object.defineProperty(type.prototype, symbol, { value: true });
  Object.defineProperty(type.prototype, 'name', { value: name, writable: true, configurable: true });
}

/** The line that says what was expected, unless the message does. A few letters can be in it by accident. */
function wanted(message: string, expected: string | undefined): string {
  if (!expected || (expected.length > 8 && message.includes(expected))) return '';
  return `\n  expected ${expected}`;
}

/** Anything that this package throws. `op` names the operation ("matmul", "shape", "safetensors.open"). */
export class TorchError extends Error {
  readonly op: string;
  declare readonly expected?: string;
  declare readonly got?: string;

  constructor(op: string, message: string, fields: TorchErrorFields = {}) {
    const { expected } = fields;
    const got = fields.got ? `\n  got ${fields.got}` : '';
    super(
      `${op}: ${message}${wanted(message, expected)}${got}`,
      fields.cause === undefined ? undefined : { cause: fields.cause },
    );
    this.op = op;
    if (expected !== undefined) this.expected = expected;
    if (fields.got) this.got = fields.got;
  }

  /** Like `instanceof`, but also true for errors of another copy of this package in the same process. */
  static isInstance<T>(this: abstract new (...args: never[]) => T, error: unknown): error is T {
    // biome-ignore-start lint/complexity/noThisInStatic: each subclass asks for its own kind.
    const symbol = brandOf.get(this);
    if (symbol === undefined) return error instanceof this;
    // biome-ignore-end lint/complexity/noThisInStatic: each subclass asks for its own kind.
    return typeof error === 'object' && error !== null && Reflect.get(error, symbol) === true;
  }

  static {
    brand(TorchError, 'TorchError');
  }
}

/** Sizes do not fit: to broadcast, to multiply, to view, or for the number of dimensions. */
export class ShapeError extends TorchError {
  static {
    brand(ShapeError, 'ShapeError');
  }
}

/** An element type that the op does not take, or types that differ. */
export class DTypeError extends TorchError {
  static {
    brand(DTypeError, 'DTypeError');
  }
}

/** An unknown or absent device, or tensors on different ones. */
export class DeviceError extends TorchError {
  static {
    brand(DeviceError, 'DeviceError');
  }
}

/** The tensor was released: by `dispose()`, by its scope, or in another thread. */
export class TensorDisposedError extends TorchError {
  static {
    brand(TensorDisposedError, 'TensorDisposedError');
  }
}

/** The device or the host has not enough memory for the result. */
export class OutOfMemoryError extends TorchError {
  static {
    brand(OutOfMemoryError, 'OutOfMemoryError');
  }
}

/** A dimension or an element index outside its range. */
export class IndexError extends TorchError {
  static {
    brand(IndexError, 'IndexError');
  }
}

/** An argument of the wrong JavaScript type or value. */
export class ArgumentError extends TorchError {
  static {
    brand(ArgumentError, 'ArgumentError');
  }
}

/** This libtorch lacks the op. */
export class UnsupportedOpError extends TorchError {
  static {
    brand(UnsupportedOpError, 'UnsupportedOpError');
  }
}

/** A file that could not be read or written as asked. */
export class FileError extends TorchError {
  static {
    brand(FileError, 'FileError');
  }
}

/** A memory scope used in a way that it cannot follow. */
export class ScopeError extends TorchError {
  static {
    brand(ScopeError, 'ScopeError');
  }
}

/** No gradient can be computed, or a gradient mode would outlive its callback. */
export class GradientError extends TorchError {
  static {
    brand(GradientError, 'GradientError');
  }
}

/** libtorch refused for a reason that has no class of its own; its message says which. */
export class OpError extends TorchError {
  static {
    brand(OpError, 'OpError');
  }
}

const classOf: Record<NativeErrorKind, typeof TorchError> = {
  shape: ShapeError,
  dtype: DTypeError,
  device: DeviceError,
  index: IndexError,
  disposed: TensorDisposedError,
  argument: ArgumentError,
  memory: OutOfMemoryError,
  unsupported: UnsupportedOpError,
  file: FileError,
  op: OpError,
};

const gradientWords =
  /requires? grad|does not require|backward through the graph|grad_fn|leaf|gradient|differentiated tensors|implicitly created/i;

/** What libtorch says it wanted: "expected X but got Y", "must be X", "should be X". */
function expectedIn(message: string): string | undefined {
  const match =
    /expected (?:to be )?(.+?),? but (?:got|found)/i.exec(message) ??
    /\b(?:must|should|expected to) (?:be|have) ([^.,;\n]+)/i.exec(message);
  return match?.[1]?.trim().slice(0, 200);
}

/** libtorch's text in this package's words: without its table of kernels, with our options, with a remedy. */
function reword(kind: NativeErrorKind, op: string, text: string): string {
  const backend = /^Could not run '[^']+' with arguments from the '(\w+)' backend/.exec(text)?.[1];
  if (backend) return `this libtorch cannot run it on ${backend}; devices() lists what there is`;
  if (/implicitly created only for scalar/.test(text)) {
    const option = op === 'grad' ? 'gradOutputs' : 'gradient';
    return `${text}; reduce it with mean() or sum(), or pass { ${option} }`;
  }
  if (kind === 'disposed') return `${text}; return it from its scope, or keep() it`;
  return text
    .replace(/\bretain_graph=True/g, '{ retainGraph: true }')
    .replace(/\ballow_unused=True/g, '{ allowUnused: true }');
}

/** Makes the typed error for a native failure; handed to the addon once per thread. */
export function errorFactory(kind: NativeErrorKind, op: string, message: string, got: string): TorchError {
  const theirs = message.split('\nException raised from', 1)[0]?.trimEnd() ?? message;
  const text = reword(kind, op, theirs);
  const unclassified =
    kind === 'op' || (kind === 'shape' && /does not require grad|implicitly created/.test(text));
  const type = unclassified && gradientWords.test(text) ? GradientError : (classOf[kind] ?? OpError);
  const error = new type(op, text, { got });
  const expected = expectedIn(theirs); // a part of the text: not to be printed again
  if (expected !== undefined) Object.assign(error, { expected });
  return error;
}
