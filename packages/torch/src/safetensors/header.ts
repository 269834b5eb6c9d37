import { bitsOf, isSafetensorsDType, type SafetensorsDType, safetensorsDTypes } from './dtypes.ts';
import { quote, SafetensorsError } from './errors.ts';
import { type Json, JsonProblem, parseJson, show } from './json.ts';
import type { TensorInfo } from './types.ts';

/** Bytes of the header's length before the header: a little-endian unsigned 64-bit integer. */
export const LENGTH_BYTES = 8;
/** As the reference implementation. */
export const MAX_HEADER_BYTES = 100_000_000;

export interface TensorEntry extends TensorInfo {
  /** Where its data begins, in bytes from the start of the file. */
  readonly offset: number;
}

export interface Header {
  /** In the order of the data. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

const OP = 'safetensors.open';
const FIELDS = ['dtype', 'shape', 'data_offsets'] as const;

/** Checks the length field against the file's size. Throws SafetensorsError. */
export function headerLength(field: Uint8Array, fileBytes: number, file: string): number {
  if (field.byteLength < LENGTH_BYTES) {
    throw new SafetensorsError(OP, {
      file,
      message: 'too short to be a safetensors file',
      expected: `at least ${LENGTH_BYTES} bytes`,
      got: `${field.byteLength} bytes`,
    });
  }
  const length = new DataView(field.buffer, field.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  const room = fileBytes - LENGTH_BYTES;
  if (length > BigInt(Math.min(MAX_HEADER_BYTES, room))) {
    throw new SafetensorsError(OP, {
      file,
      message: 'bad header length; the file is damaged or is not a safetensors file',
      expected:
        length > BigInt(MAX_HEADER_BYTES)
          ? `at most ${MAX_HEADER_BYTES} bytes`
          : `at most ${room} bytes, the rest of the file`,
      got: `${length} bytes`,
    });
  }
  return Number(length);
}

/**
 * Parses and validates a header (without its length field): the rules of the reference implementation, and that
 * no name occurs twice. `fileBytes` is the size of the whole file. Throws SafetensorsError.
 */
export function parseHeader(header: Uint8Array, fileBytes: number, file: string): Header {
  const fail = failure(file);
  const root = parse(header, file);
  const metadata = readMetadata(root.get('__metadata__'), fail);
  const entries: [string, Span][] = [];
  for (const [name, value] of root) {
    if (name !== '__metadata__') entries.push([name, readEntry(name, value, fail)]);
  }
  const dataBytes = fileBytes - LENGTH_BYTES - header.byteLength;
  return { tensors: place(entries, LENGTH_BYTES + header.byteLength, dataBytes, fail), metadata };
}

interface Span {
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

type Fail = (tensor: string | undefined, message: string, expected?: string, got?: string) => never;

const failure =
  (file: string): Fail =>
  (tensor, message, expected, got) => {
    throw new SafetensorsError(OP, { file, tensor, message, expected, got });
  };

function parse(header: Uint8Array, file: string): Map<string, Json> {
  let root: Json;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header);
    if (text[0] !== '{') throw new JsonProblem(text === '' ? 'no text' : "the header must begin with '{'", 0);
    root = parseJson(text);
  } catch (cause) {
    const utf8 = !(cause instanceof JsonProblem);
    throw new SafetensorsError(OP, {
      file,
      message: utf8
        ? 'the header is not UTF-8'
        : `the header is not the JSON of a safetensors file: ${cause.message}`,
      expected: utf8 ? 'UTF-8' : 'one JSON object without duplicate keys',
      got: utf8 ? 'other bytes' : preview(header, cause.at),
      cause,
    });
  }
  return root as Map<string, Json>; // it begins with '{'
}

function preview(header: Uint8Array, at: number): string {
  const text = new TextDecoder().decode(header.subarray(0, 4 * at + 80)).slice(Math.max(0, at - 20), at + 20);
  return `…${quote(text)}…`;
}

function readMetadata(value: Json | undefined, fail: Fail): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!(value instanceof Map))
    return fail(undefined, 'bad __metadata__', 'an object of strings', show(value));
  for (const [key, text] of value) {
    if (typeof text !== 'string')
      fail(undefined, `bad value of ${quote(key)} in __metadata__`, 'a string', show(text));
  }
  return Object.fromEntries(value as Map<string, string>);
}

function readEntry(name: string, value: Json, fail: Fail): Span {
  if (!(value instanceof Map))
    return fail(name, 'bad entry', `an object with ${FIELDS.join(', ')}`, show(value));
  const [dtype, shape, offsets] = FIELDS.map((field) => value.get(field));
  if (!isSafetensorsDType(dtype))
    return fail(name, 'unknown dtype', `one of ${safetensorsDTypes.join(', ')}`, show(dtype));
  if (!isSizes(shape))
    return fail(name, 'bad shape', 'an array of non-negative integers below 2^53', show(shape));
  if (!isSizes(offsets) || offsets.length !== 2) {
    return fail(name, 'bad data_offsets', 'two non-negative integers below 2^53', show(offsets));
  }
  const [begin, end] = offsets as [number, number];
  const bytes = bytesOf(dtype, shape);
  if (bytes === undefined) {
    return fail(name, 'bad shape', 'a size in whole bytes below 2^53', `${dtype} ${show([...shape])}`);
  }
  if (end - begin !== bytes) {
    const got = `data_offsets [${begin}, ${end}], which span ${end - begin} bytes`;
    return fail(
      name,
      'dtype and shape disagree with data_offsets',
      `${bytes} bytes for ${dtype} ${show([...shape])}`,
      got,
    );
  }
  return { dtype, shape, begin, end };
}

const isSizes = (value: Json | undefined): value is number[] =>
  Array.isArray(value) && value.every((size) => typeof size === 'number');

/** Size of the data in bytes, or undefined if it overflows 2^53 or ends within a byte (F4, F6). */
export function bytesOf(dtype: SafetensorsDType, shape: readonly number[]): number | undefined {
  let elements = 1;
  for (const size of shape) {
    elements *= size;
    if (!Number.isSafeInteger(elements)) return undefined;
  }
  const bits = elements * bitsOf(dtype);
  return Number.isSafeInteger(bits) && bits % 8 === 0 ? bits / 8 : undefined;
}

/** Sorts by offset and demands that the data be covered exactly: no overlap, no hole, nothing left over. */
function place(
  entries: [string, Span][],
  dataStart: number,
  dataBytes: number,
  fail: Fail,
): Map<string, TensorEntry> {
  entries.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  const tensors = new Map<string, TensorEntry>();
  let covered = 0;
  for (const [name, { dtype, shape, begin, end }] of entries) {
    if (end > dataBytes) {
      const got = `data_offsets [${begin}, ${end}]`;
      fail(name, 'data outside the file; it is truncated or damaged', `offsets up to ${dataBytes}`, got);
    }
    if (begin !== covered) {
      fail(
        name,
        begin < covered ? 'data overlaps the tensor before it' : 'hole before the data',
        `offset ${covered}`,
        `${begin}`,
      );
    }
    covered = end;
    tensors.set(name, { dtype, shape: Object.freeze(shape), bytes: end - begin, offset: dataStart + begin });
  }
  if (covered !== dataBytes) {
    fail(undefined, 'the tensors do not cover the file', `${dataBytes} bytes of data`, `${covered} bytes`);
  }
  return tensors;
}
