import { rankOf, type SafetensorsDType } from './dtypes.ts';
import { quote, SafetensorsError } from './errors.ts';
import { bytesOf, LENGTH_BYTES, MAX_HEADER_BYTES } from './header.ts';

/** What a header says about a tensor that is to be written. */
export interface Planned {
  readonly name: string;
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
}

export interface Layout<T extends Planned> {
  /** The header with its length field: what the file begins with. */
  readonly header: Uint8Array;
  /** In the order of the data, with the position of each from the start of the file. */
  readonly placed: readonly { readonly tensor: T; readonly offset: number }[];
  /** Size of the whole file. */
  readonly bytes: number;
}

const OP = 'safetensors.write';
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Lays out a file as the reference implementation does, to the byte: by dtype (widest first), then by name in
 * code-point order; the header padded with spaces to a multiple of 8. Throws SafetensorsError.
 */
export function layOut<T extends Planned>(
  tensors: Iterable<T>,
  metadata: Readonly<Record<string, string>> | undefined,
  file: string,
): Layout<T> {
  const sorted = [...tensors].sort(
    (a, b) => rankOf(b.dtype) - rankOf(a.dtype) || compareCodePoints(a.name, b.name),
  );
  const fields: string[] = [];
  if (metadata !== undefined) fields.push(`"__metadata__":${JSON.stringify(checkMetadata(metadata, file))}`);
  const begins: number[] = [];
  let end = 0;
  for (const { name, dtype, shape } of sorted) {
    checkName(name, file);
    const begin = end;
    end += bytesOf(dtype, shape) ?? tooLarge(name, dtype, shape, file);
    begins.push(begin);
    fields.push(
      `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${begin},${end}]}`,
    );
  }
  const header = encode(`{${fields.join(',')}}`, file);
  const placed = sorted.map((tensor, i) => ({ tensor, offset: header.byteLength + (begins[i] as number) }));
  return { header, placed, bytes: header.byteLength + end };
}

function encode(json: string, file: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.byteLength / 8) * 8;
  if (length > MAX_HEADER_BYTES) {
    const message = 'the header is too large; write fewer tensors per file or less metadata';
    throw new SafetensorsError(OP, {
      file,
      message,
      expected: `at most ${MAX_HEADER_BYTES} bytes`,
      got: `${length} bytes`,
    });
  }
  const header = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, LENGTH_BYTES);
  return header;
}

function checkName(name: string, file: string): void {
  if (name === '__metadata__') {
    const message = 'this name is the format’s own; rename the tensor';
    throw new SafetensorsError(OP, {
      file,
      tensor: name,
      message,
      expected: 'another name',
      got: quote(name),
    });
  }
  if (!LONE_SURROGATE.test(name)) return;
  const message = 'the name holds half of a surrogate pair, which UTF-8 cannot express';
  throw new SafetensorsError(OP, {
    file,
    tensor: name,
    message,
    expected: 'well-formed Unicode',
    got: quote(name),
  });
}

/** Keys sorted, so that equal input gives equal files. */
function checkMetadata(metadata: Readonly<Record<string, string>>, file: string): Record<string, string> {
  const entries = Object.entries(metadata).sort(([a], [b]) => compareCodePoints(a, b));
  for (const [key, value] of entries) {
    if (typeof value === 'string' && !LONE_SURROGATE.test(key) && !LONE_SURROGATE.test(value)) continue;
    const message = `bad value of ${quote(key)} in the metadata`;
    const got = typeof value === 'string' ? 'half of a surrogate pair' : typeof value;
    throw new SafetensorsError(OP, { file, message, expected: 'a string of well-formed Unicode', got });
  }
  return Object.fromEntries(entries);
}

function tooLarge(tensor: string, dtype: SafetensorsDType, shape: readonly number[], file: string): never {
  throw new SafetensorsError(OP, {
    file,
    tensor,
    message: 'bad shape',
    expected: 'a size in whole bytes below 2^53',
    got: `${dtype} [${shape}]`,
  });
}

/** The order of UTF-8 bytes, which is that of code points and not of UTF-16 units. */
function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    // Surrogates (0xd800–0xdfff) stand for code points above all others.
    if (left !== right) return fix(left) - fix(right);
  }
  return a.length - b.length;
}

const fix = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
