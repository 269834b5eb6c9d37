import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { DTypeError, FileError, ShapeError } from '../errors.ts';
import { scope } from '../memory/index.ts';
import { native } from '../native/attach.ts';
import { empty } from '../ops/index.ts';
import type { DType } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { torchDType } from './dtypes.ts';
import { quote, SafetensorsError, systemError } from './errors.ts';
import { type Header, headerLength, LENGTH_BYTES, parseHeader, type TensorEntry } from './header.ts';
import type { ReadOptions, TensorInfo, TensorSource } from './types.ts';

const READ = 'safetensors.read';

/** Closes a file whose object was dropped without `close()`. */
const forgotten = new FinalizationRegistry<number>((fd) => closeSync(fd));

/**
 * Opens a safetensors file: reads and validates its header, and nothing else. Data is read by offset into the
 * tensor's own memory when asked for; nothing is mapped, so a file truncated meanwhile is an error, not a crash.
 *
 * @example
 * using file = openSafetensors('model.safetensors');
 * const weight = file.tensor('encoder.weight', { dtype: 'float32' });
 *
 * @throws FileError if the file cannot be opened or is not a regular file.
 * @throws SafetensorsError if it is malformed.
 */
export function openSafetensors(path: string): SafetensorsFile {
  const fd = openRegularFile(path);
  try {
    return new SafetensorsFile(path, fd, readHeader(path, fd));
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** An open safetensors file; made by {@link openSafetensors}. */
export class SafetensorsFile implements TensorSource {
  readonly path: string;
  readonly names: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly #tensors: ReadonlyMap<string, TensorEntry>;
  #fd: number | null;

  /** @internal Takes over the file descriptor. */
  constructor(path: string, fd: number, header: Header) {
    this.path = path;
    this.names = Object.freeze([...header.tensors.keys()]);
    this.metadata = Object.freeze(header.metadata);
    this.#tensors = header.tensors;
    this.#fd = fd;
    forgotten.register(this, fd, this);
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  info(name: string): TensorInfo {
    const { dtype, shape, bytes } = this.#entry(name);
    return { dtype, shape, bytes };
  }

  tensor(name: string, options: ReadOptions = {}): Tensor {
    const entry = this.#entry(name);
    return this.#read(name, this.#dtype(name, entry), entry.shape, entry.offset, options);
  }

  tensors(names: Iterable<string> = this.names, options: ReadOptions = {}): Map<string, Tensor> {
    return scope(() => {
      const read = new Map<string, Tensor>();
      for (const name of names) read.set(name, this.tensor(name, options));
      return read;
    });
  }

  bytes(name: string): Tensor {
    const entry = this.#entry(name);
    return this.#read(name, 'uint8', [entry.bytes], entry.offset, {});
  }

  rows(name: string, start: number, end: number, options: ReadOptions = {}): Tensor {
    const entry = this.#entry(name);
    const dtype = this.#dtype(name, entry);
    const [count, ...rest] = entry.shape;
    const inside = Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end;
    if (count === undefined || !inside || end > count) {
      throw this.#problem(name, 'no such rows', {
        expected: count === undefined ? 'a tensor with at least one dimension' : `0 ≤ start ≤ end ≤ ${count}`,
        got: `rows ${start} to ${end}`,
      });
    }
    const rowBytes = count === 0 ? 0 : entry.bytes / count;
    return this.#read(name, dtype, [end - start, ...rest], entry.offset + start * rowBytes, options);
  }

  close(): void {
    if (this.#fd === null) return;
    forgotten.unregister(this);
    const fd = this.#fd;
    this.#fd = null;
    closeSync(fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #entry(name: string): TensorEntry {
    const entry = this.#tensors.get(name);
    if (entry) return entry;
    const message = 'no tensor of this name in the file';
    throw this.#problem(String(name), message, { expected: nearest(this.names), got: quote(String(name)) });
  }

  #dtype(name: string, entry: TensorEntry): DType {
    return torchDType(entry.dtype) ?? this.#noDType(name, entry);
  }

  #noDType(name: string, entry: TensorEntry, cause?: unknown): never {
    const { version } = native.libraryInfo();
    throw new DTypeError(
      READ,
      `${quote(this.path)}, tensor ${quote(name)}: libtorch ${version} has no element type for ${entry.dtype}; ` +
        `bytes(${quote(name)}) reads the data as uint8`,
      { expected: 'an element type of this libtorch', got: entry.dtype, cause },
    );
  }

  /** A tensor in the CPU's memory, to be filled. */
  #allocate(name: string, dtype: DType, shape: readonly number[]): Tensor {
    try {
      return empty([...shape], { dtype, device: 'cpu' });
    } catch (cause) {
      if (DTypeError.isInstance(cause)) return this.#noDType(name, this.#entry(name), cause);
      if (!ShapeError.isInstance(cause)) throw cause;
      throw this.#problem(name, 'libtorch cannot hold a tensor of this shape', {
        expected: 'strides below 2^63',
        got: `[${shape}]`,
        cause,
      });
    }
  }

  #read(name: string, dtype: DType, shape: readonly number[], offset: number, options: ReadOptions): Tensor {
    const fd = this.#fd;
    if (fd === null) {
      throw this.#problem(name, 'the file was closed; read before close()', {
        expected: 'an open file',
        got: 'a closed one',
      });
    }
    return scope(() => {
      const tensor = this.#allocate(name, dtype, shape);
      try {
        native.readFile(tensor.handle, fd, offset);
      } catch (cause) {
        throw this.#readProblem(name, fd, cause);
      }
      return options.dtype || options.device
        ? tensor.to({ dtype: options.dtype, device: options.device })
        : tensor;
    });
  }

  #readProblem(name: string, fd: number, cause: unknown): unknown {
    if (!(cause instanceof FileError)) return cause;
    const bytes = fstatSync(fd).size;
    const entry = this.#entry(name);
    const end = entry.offset + entry.bytes;
    if (bytes >= end) return systemError(READ, this.path, cause);
    return this.#problem(name, 'the file was truncated after it was opened', {
      expected: `data up to byte ${end}`,
      got: `a file of ${bytes} bytes`,
      cause,
    });
  }

  #problem(
    tensor: string,
    message: string,
    fields: { expected: string; got: string; cause?: unknown },
  ): SafetensorsError {
    return new SafetensorsError(READ, { file: this.path, tensor, message, ...fields });
  }
}

/** A few names, for a message about an unknown one. */
export function nearest(names: readonly string[]): string {
  if (names.length === 0) return 'nothing: there are no tensors';
  return `one of ${names.slice(0, 5).map(quote).join(', ')}${names.length > 5 ? `, … (${names.length} names)` : ''}`;
}

function openRegularFile(path: string): number {
  const op = 'safetensors.open';
  try {
    // Opening a FIFO would wait for its writer.
    if (statSync(path).isFile()) return openSync(path, 'r');
  } catch (cause) {
    throw systemError(op, String(path), cause);
  }
  throw systemError(op, path, 'not a regular file', 'for a folder use openShardedSafetensors()');
}

function readHeader(path: string, fd: number): Header {
  try {
    const fileBytes = fstatSync(fd).size;
    const length = headerLength(readStart(fd, LENGTH_BYTES, 0), fileBytes, path);
    const header = readStart(fd, length, LENGTH_BYTES);
    if (header.byteLength === length) return parseHeader(header, fileBytes, path);
    throw new SafetensorsError('safetensors.open', {
      file: path,
      message: 'the file was truncated while it was read',
      expected: `a header of ${length} bytes`,
      got: `${header.byteLength} bytes`,
    });
  } catch (error) {
    if (error instanceof SafetensorsError) throw error;
    throw systemError('safetensors.open', path, error);
  }
}

/** Reads up to `length` bytes at `position`; fewer at the end of the file. */
function readStart(fd: number, length: number, position: number): Uint8Array {
  const buffer = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(fd, buffer, filled, length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}
