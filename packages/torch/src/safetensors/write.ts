import { dirname } from 'node:path';
import { DTypeError } from '../errors.ts';
import { scope } from '../memory/index.ts';
import { native } from '../native/attach.ts';
import { contiguous, detach } from '../ops/index.ts';
import { Tensor } from '../tensor/tensor.ts';
import { type Prepared, prepareFile, syncFolder, writeAll } from './atomic.ts';
import { isSafetensorsDType, type SafetensorsDType, safetensorsDType, safetensorsDTypes } from './dtypes.ts';
import { quote, SafetensorsError, systemError } from './errors.ts';
import { bytesOf } from './header.ts';
import { layOut, type Planned } from './layout.ts';

/** Data of a dtype that a tensor cannot have here (F4, float8 on libtorch 1.13): as `bytes(name)` and `info(name)` give it. */
export interface EncodedTensor {
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  /** The data: a uint8 tensor of as many elements as the dtype and shape take bytes. */
  readonly data: Tensor;
}

export type Writable = Tensor | EncodedTensor;

/** Tensors by name. A plain object or a Map. */
export type NamedTensors = ReadonlyMap<string, Writable> | Readonly<Record<string, Writable>>;

export interface WriteOptions {
  /** Free-form strings for `__metadata__`; `{ format: 'pt' }` is what transformers expects. Default: none. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const OP = 'safetensors.write';

/** A tensor to be written, with what its header entry says. */
export interface Part extends Planned {
  readonly source: Tensor;
  readonly bytes: number;
}

/**
 * Writes tensors to a safetensors file, to the byte as the reference implementation does. Tensors on other
 * devices or not contiguous are copied one at a time; tensors that share memory are written in full each.
 *
 * The file appears under its name complete and flushed, or not at all: on any error (disk full, a disposed
 * tensor) a file that was there before is left as it was.
 *
 * @example
 * writeSafetensors('model.safetensors', model.stateDict(), { metadata: { format: 'pt' } });
 *
 * @throws SafetensorsError for a name or shape that the format cannot hold.
 * @throws DTypeError for complex32 and complex128. @throws TensorDisposedError. @throws FileError.
 */
export function writeSafetensors(path: string, tensors: NamedTensors, options: WriteOptions = {}): void {
  const file = prepareSafetensors(path, partsOf(tensors, path), options.metadata);
  file.commit();
  finish(dirname(path));
}

/** Checks what is to be written, before anything touches the disk. */
export function partsOf(tensors: NamedTensors, file: string): Part[] {
  const entries = tensors instanceof Map ? tensors.entries() : Object.entries(tensors);
  return Array.from(entries, ([name, value]) => partOf(name, value, file));
}

/** Writes the file under a temporary name. */
export function prepareSafetensors(
  path: string,
  parts: readonly Part[],
  metadata: Readonly<Record<string, string>> | undefined,
): Prepared {
  const { header, placed } = layOut(parts, metadata, path);
  return prepareFile(path, (fd) => {
    writeAll(fd, header);
    for (const { tensor, offset } of placed) {
      if (tensor.bytes > 0) scope(() => native.writeFile(plain(tensor.source).handle, fd, offset));
    }
  });
}

/** Flushes the folder; the files are complete by then. */
export function finish(folder: string): void {
  try {
    syncFolder(folder);
  } catch (cause) {
    throw systemError(OP, folder, cause, 'the file is written, but a crash of the machine may undo it');
  }
}

/** The same values, contiguous in the CPU's memory. */
function plain(tensor: Tensor): Tensor {
  return contiguous(detach(tensor).to({ device: 'cpu' }));
}

function partOf(name: string, value: Writable, file: string): Part {
  if (value instanceof Tensor) {
    const dtype = safetensorsDType(value.dtype);
    if (dtype === undefined) {
      const message = `${quote(file)}, tensor ${quote(name)}: the format has no ${value.dtype}; convert with .to({ dtype })`;
      throw new DTypeError(OP, message, {
        expected: `one of ${safetensorsDTypes.join(', ')}`,
        got: value.dtype,
      });
    }
    const shape = value.shape;
    return { name, dtype, shape, source: value, bytes: bytesOf(dtype, shape) ?? 0 };
  }
  if (typeof value !== 'object' || value === null || !(value.data instanceof Tensor)) {
    const message = 'not a tensor';
    throw new SafetensorsError(OP, {
      file,
      tensor: name,
      message,
      expected: 'a Tensor',
      got: value === null ? 'null' : typeof value,
    });
  }
  return encodedPart(name, value, file);
}

function encodedPart(name: string, { dtype, shape, data }: EncodedTensor, file: string): Part {
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0);
  const bytes = isSafetensorsDType(dtype) && isShape ? bytesOf(dtype, shape) : undefined;
  if (bytes === undefined || data.dtype !== 'uint8' || data.numel !== bytes) {
    throw new SafetensorsError(OP, {
      file,
      tensor: name,
      message: 'the data does not fit dtype and shape',
      expected:
        bytes === undefined
          ? 'a dtype of the format and a size in whole bytes'
          : `${bytes} elements of uint8`,
      got: `${data.numel} elements of ${data.dtype} for ${String(dtype)} [${String(shape)}]`,
    });
  }
  return { name, dtype, shape: [...shape], source: data, bytes };
}
