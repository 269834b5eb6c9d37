import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { libraryInfo } from '../device/index.ts';
import { DTypeError, FileError } from '../errors.ts';
import { memory, scope } from '../memory/index.ts';
import { isSafetensorsDType, safetensorsDTypes, torchDType } from './dtypes.ts';
import { SafetensorsError } from './errors.ts';
import { openSafetensors } from './file.ts';
import {
  fileOf,
  type GoldenTensor,
  golden,
  goldenJson,
  temporaryFolder,
  thrownBy,
} from './golden.fixture.ts';

const hex = (array: ArrayBufferView) =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('hex');
const expected = goldenJson<Record<string, GoldenTensor>>('dtypes.json');

/** 1.13 lacks float8 and the wide unsigned types. */
const lacking = libraryInfo().version.startsWith('1.') ? /^(F8_.*|U16|U32|U64|F4|F6_.*)$/ : /^(F4|F6_.*)$/;

describe('every dtype that the Python library writes', () => {
  test.each(Object.entries(expected))('%s', (name, { dtype, shape, hex: bytes, values }) => {
    using file = openSafetensors(golden('dtypes.safetensors'));
    scope(() => {
      expect(file.info(name)).toEqual({ dtype, shape, bytes: bytes.length / 2 });
      const raw = file.bytes(name);
      expect([raw.dtype, raw.shape, hex(raw.data())]).toEqual(['uint8', [bytes.length / 2], bytes]);
      if (!isSafetensorsDType(dtype)) throw new Error(`not a dtype of the format: ${dtype}`);
      if (lacking.test(dtype)) {
        expect(() => file.tensor(name)).toThrow(DTypeError);
        expect(() => file.tensor(name)).toThrow(`bytes("${name}")`);
        return;
      }
      const tensor = file.tensor(name);
      expect([tensor.dtype, tensor.shape, hex(tensor.data())]).toEqual([torchDType(dtype), shape, bytes]);
      const flat = ([tensor.toArray()] as unknown[]).flat(8);
      expect(flat).toEqual(dtype.endsWith('64') && /^[IU]/.test(dtype) ? values?.map(wide) : values);
    });
  });

  test('covers the whole format, with the file of F6 types', () => {
    using file = openSafetensors(golden('subbyte.safetensors'));
    const seen = new Set(Object.values(expected).map(({ dtype }) => dtype));
    for (const name of file.names) seen.add(file.info(name).dtype);
    expect([...seen].sort()).toEqual([...safetensorsDTypes].sort());
    expect(hex(file.bytes('b').data())).toBe('060708');
    expect(file.info('a')).toEqual({ dtype: 'F6_E2M3', shape: [2, 4], bytes: 6 });
    expect(() => file.tensor('a')).toThrow(DTypeError);
  });
});

/** As toArray() gives 64-bit integers. */
function wide(value: number | boolean | string): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(value);
}

describe('openSafetensors', () => {
  test('names and metadata as Python wrote them', () => {
    using file = openSafetensors(golden('names.safetensors'));
    const { names, metadata } = goldenJson<{ names: string[]; metadata: Record<string, string> }>(
      'names.json',
    );
    expect([...file.names].sort()).toEqual([...names].sort());
    expect(file.metadata).toEqual(metadata);
    for (const [i, name] of names.entries()) expect(file.tensor(name).item()).toBe(i);
    expect(file.has('__proto__')).toBe(true);
    expect(file.has('toString')).toBe(false);
  });

  test('a file without tensors', () => {
    using file = openSafetensors(golden('empty.safetensors'));
    expect([file.names, file.metadata, file.tensors().size]).toEqual([[], {}, 0]);
  });

  test('converts while reading', () => {
    using file = openSafetensors(golden('dtypes.safetensors'));
    const tensor = file.tensor('matrix.BF16', { dtype: 'float64', device: 'cpu' });
    expect(tensor.dtype).toBe('float64');
    expect(Array.from(tensor.data() as Float64Array)).toEqual(expected['matrix.BF16']?.values);
  });

  test('reads rows of the leading dimension', () => {
    using file = openSafetensors(golden('dtypes.safetensors'));
    const values = expected['matrix.F32']?.values;
    expect(file.rows('matrix.F32', 1, 2).toArray()).toEqual([values?.slice(3)]);
    expect(file.rows('matrix.F32', 0, 2).toArray()).toEqual([values?.slice(0, 3), values?.slice(3)]);
    expect(file.rows('matrix.I64', 1, 1).shape).toEqual([0, 3]);
    expect(file.rows('empty.F32', 0, 0, { dtype: 'float64' }).shape).toEqual([0, 4]);
    for (const [start, end] of [
      [-1, 1],
      [0, 3],
      [2, 1],
      [0.5, 1],
      [Number.NaN, 1],
    ] as const) {
      const error = thrownBy(() => file.rows('matrix.F32', start, end));
      expect(error).toMatchObject({
        name: 'SafetensorsError',
        tensor: 'matrix.F32',
        expected: '0 ≤ start ≤ end ≤ 2',
      });
    }
    expect(() => file.rows('scalar.F32', 0, 1)).toThrow(/at least one dimension/);
  });

  test('frees what it read when one of several fails', () => {
    using file = openSafetensors(golden('dtypes.safetensors'));
    const before = memory().liveTensors;
    expect(() => file.tensors(['matrix.F32', 'matrix.I8', 'absent'])).toThrow(SafetensorsError);
    expect(memory().liveTensors).toBe(before);
  });

  test('an unknown name, a closed file', () => {
    const file = openSafetensors(golden('dtypes.safetensors'));
    const kept = file.tensor('matrix.F32');
    const absent = thrownBy(() => file.tensor('matrix.F33'));
    expect(absent).toMatchObject({
      name: 'SafetensorsError',
      file: file.path,
      tensor: 'matrix.F33',
      got: '"matrix.F33"',
    });
    expect((absent as SafetensorsError).expected).toContain('one of');
    file.close();
    file.close();
    expect(() => file.tensor('matrix.F32')).toThrow(/closed/);
    expect(() => file.bytes('matrix.F32')).toThrow(SafetensorsError);
    expect(kept.shape).toEqual([2, 3]);
    expect(file.info('matrix.F32').bytes).toBe(24);
  });

  test('files that are not there or are not files', () => {
    using folder = temporaryFolder();
    expect(thrownBy(() => openSafetensors(join(folder.path, 'absent')))).toBeInstanceOf(FileError);
    expect(() => openSafetensors(join(folder.path, 'absent'))).toThrow(/ENOENT/);
    expect(() => openSafetensors(folder.path)).toThrow(/not a regular file.*openShardedSafetensors/);
    expect(() => openSafetensors('a\0b')).toThrow(FileError);
    expect(() => openSafetensors(undefined as unknown as string)).toThrow(FileError);
    const fifo = join(folder.path, 'fifo');
    execFileSync('mkfifo', [fifo]);
    expect(() => openSafetensors(fifo)).toThrow(FileError);
  });

  test('a malformed file is refused when it is opened', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'bad.safetensors');
    writeFileSync(path, fileOf({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, Buffer.alloc(7)));
    expect(thrownBy(() => openSafetensors(path))).toMatchObject({
      name: 'SafetensorsError',
      file: path,
      tensor: 'a',
    });
  });

  test('a shape whose strides overflow in libtorch', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'x.safetensors');
    const shape = [0, 2 ** 52, 2 ** 52, 2 ** 52];
    writeFileSync(path, fileOf({ a: { dtype: 'F32', shape, data_offsets: [0, 0] } }));
    using file = openSafetensors(path);
    expect(file.info('a').shape).toEqual(shape);
    try {
      expect(file.tensor('a').numel).toBe(0); // libtorch 1.13 does not check
    } catch (error) {
      expect(error).toMatchObject({ name: 'SafetensorsError', file: path, tensor: 'a', got: `[${shape}]` });
    }
  });

  test('a file truncated underneath is an error, not a crash', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'x.safetensors');
    copyFileSync(golden('dtypes.safetensors'), path);
    using file = openSafetensors(path);
    const last = file.names
      .filter((name) => file.info(name).dtype === 'BOOL' && file.info(name).bytes > 0)
      .at(-1) as string;
    const before = memory().liveTensors;
    truncateSync(path, readFileSync(path).length - 1);
    const error = thrownBy(() => file.tensor(last));
    expect(error).toMatchObject({
      name: 'SafetensorsError',
      op: 'safetensors.read',
      file: path,
      tensor: last,
    });
    expect((error as Error).message).toMatch(/truncated after it was opened/);
    truncateSync(path, 0);
    expect(() => file.tensors(['matrix.F32', 'matrix.I8'])).toThrow(/truncated/);
    expect(() => file.rows('matrix.F32', 0, 1)).toThrow(/truncated/);
    expect(() => file.bytes('matrix.F32')).toThrow(/truncated/);
    expect(memory().liveTensors).toBe(before);
  });
});
