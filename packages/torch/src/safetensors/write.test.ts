import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DTypeError, FileError, TensorDisposedError } from '../errors.ts';
import { memory, scope } from '../memory/index.ts';
import { zeros } from '../ops/index.ts';
import { fromTypedArray, Tensor, tensor } from '../tensor/index.ts';
import { SafetensorsError } from './errors.ts';
import { openSafetensors } from './file.ts';
import { golden, goldenJson, temporaryFolder, thrownBy } from './golden.fixture.ts';
import { type EncodedTensor, type Writable, writeSafetensors } from './write.ts';

/** Reads a file and writes it again; tensors that libtorch cannot hold go through as bytes. */
function copy(from: string, to: string): void {
  using file = openSafetensors(from);
  scope(() => {
    const tensors = new Map<string, Writable>();
    for (const name of [...file.names].reverse()) tensors.set(name, read(file, name));
    const metadata = Object.keys(file.metadata).length > 0 ? { metadata: file.metadata } : {};
    writeSafetensors(to, tensors, metadata);
  });
}

function read(file: ReturnType<typeof openSafetensors>, name: string): Writable {
  try {
    return file.tensor(name);
  } catch (error) {
    if (!DTypeError.isInstance(error)) throw error;
    const { dtype, shape } = file.info(name);
    return { dtype, shape, data: file.bytes(name) };
  }
}

describe('writes what the Python library writes, to the byte', () => {
  test.each(['dtypes', 'names', 'empty'])('%s.safetensors', (name) => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'copy.safetensors');
    const before = memory().liveTensors;
    copy(golden(`${name}.safetensors`), path);
    expect(readFileSync(path).equals(readFileSync(golden(`${name}.safetensors`)))).toBe(true);
    expect(memory().liveTensors).toBe(before);
    expect(readdirSync(folder.path)).toEqual(['copy.safetensors']);
  });

  test('names from a plain object', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'x.safetensors');
    const { names, metadata } = goldenJson<{ names: string[]; metadata: Record<string, string> }>(
      'names.json',
    );
    const tensors = Object.fromEntries(names.map((name, i) => [name, tensor([i], { dtype: 'int16' })]));
    writeSafetensors(path, tensors, { metadata });
    expect(readFileSync(path).equals(readFileSync(golden('names.safetensors')))).toBe(true);
  });
});

describe('writeSafetensors', () => {
  test('tensors that are strided, shared, or part of a graph', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'x.safetensors');
    const matrix = fromTypedArray(new Float32Array([0, 1, 2, 3, 4, 5]), [2, 3]);
    const parameter = tensor([[1.5, -2]], { requiresGrad: true });
    const tensors = {
      whole: matrix,
      again: matrix,
      turned: matrix.transpose(0, 1),
      row: matrix.select(0, 1),
      spread: matrix.select(0, 0).expand([2, 3]),
      parameter,
      doubled: parameter.mul(2),
      scalar: tensor(2.5, { dtype: 'float64' }),
    };
    const before = memory();
    writeSafetensors(path, tensors);
    expect(memory()).toEqual(before);
    using file = openSafetensors(path);
    const values = Object.fromEntries([...file.tensors()].map(([name, value]) => [name, value.toArray()]));
    expect(values).toEqual({
      whole: [
        [0, 1, 2],
        [3, 4, 5],
      ],
      again: [
        [0, 1, 2],
        [3, 4, 5],
      ],
      turned: [
        [0, 3],
        [1, 4],
        [2, 5],
      ],
      row: [3, 4, 5],
      spread: [
        [0, 1, 2],
        [0, 1, 2],
      ],
      parameter: [[1.5, -2]],
      doubled: [[3, -4]],
      scalar: 2.5,
    });
  });

  test('refuses what the format cannot hold, naming the tensor', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'x.safetensors');
    const one = tensor([1]);
    const write = (tensors: Record<string, unknown>, metadata = {}) =>
      thrownBy(() => writeSafetensors(path, tensors as Record<string, Writable>, { metadata }));
    expect(write({ a: one, __metadata__: one })).toMatchObject({
      name: 'SafetensorsError',
      file: path,
      tensor: '__metadata__',
    });
    expect(write({ '\ud800': one })).toMatchObject({
      name: 'SafetensorsError',
      expected: 'well-formed Unicode',
    });
    expect(write({ a: 5 })).toMatchObject({ name: 'SafetensorsError', tensor: 'a', got: 'number' });
    expect(write({ a: null })).toMatchObject({ name: 'SafetensorsError', tensor: 'a', got: 'null' });
    expect(write({ a: one }, { k: 1 })).toMatchObject({ name: 'SafetensorsError', got: 'number' });
    expect(write({ c: zeros([2], { dtype: 'complex128' }) })).toBeInstanceOf(DTypeError);
    const bytes = zeros([3], { dtype: 'uint8' });
    for (const bad of [
      { dtype: 'F4', shape: [2, 4], data: bytes },
      { dtype: 'F4', shape: [3], data: bytes },
      { dtype: 'Q4', shape: [6], data: bytes },
      { dtype: 'F4', shape: [-6], data: bytes },
      { dtype: 'F4', shape: 6, data: bytes },
      { dtype: 'U8', shape: [3], data: zeros([3]) },
    ]) {
      expect(write({ a: bad })).toMatchObject({ name: 'SafetensorsError', tensor: 'a' });
    }
    writeSafetensors(path, { a: { dtype: 'F4', shape: [6], data: bytes } satisfies EncodedTensor });
    expect(readdirSync(folder.path)).toEqual(['x.safetensors']);
  });

  test('leaves the target and the folder alone when it fails', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'x.safetensors');
    writeSafetensors(path, { a: tensor([1]) });
    const before = readFileSync(path);
    const gone = tensor([2]);
    gone.dispose();
    expect(thrownBy(() => writeSafetensors(path, { a: tensor([3]), gone }))).toBeInstanceOf(
      TensorDisposedError,
    );
    // Disposed between the check and the writing of its data: through a getter of the second tensor's shape.
    const late = tensor([4]);
    const shape = Object.getOwnPropertyDescriptor(Tensor.prototype, 'shape')?.get as () => number[];
    const trap = tensor([5]);
    Object.defineProperty(trap, 'shape', {
      get() {
        late.dispose();
        return shape.call(trap);
      },
    });
    expect(thrownBy(() => writeSafetensors(path, { late, trap }))).toBeInstanceOf(TensorDisposedError);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(folder.path)).toEqual(['x.safetensors']);
  });

  test('a folder that is absent, or a target that is a folder', () => {
    using folder = temporaryFolder();
    const absent = join(folder.path, 'no', 'x.safetensors');
    expect(thrownBy(() => writeSafetensors(absent, { a: tensor([1]) }))).toBeInstanceOf(FileError);
    const taken = join(folder.path, 'taken');
    mkdirSync(taken);
    writeFileSync(join(taken, 'keep'), '');
    expect(thrownBy(() => writeSafetensors(taken, { a: tensor([1]) }))).toBeInstanceOf(FileError);
    expect(readdirSync(folder.path)).toEqual(['taken']);
  });

  test('keeps the permissions of the file it replaces', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'x.safetensors');
    writeFileSync(path, 'old');
    chmodSync(path, 0o600);
    writeSafetensors(path, { a: tensor([1]) });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('an open reader keeps the old file', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'x.safetensors');
    writeSafetensors(path, { a: tensor([1]) });
    using old = openSafetensors(path);
    writeSafetensors(path, { a: tensor([2, 3]) });
    expect(old.tensor('a').toArray()).toEqual([1]);
    using fresh = openSafetensors(path);
    expect(fresh.tensor('a').toArray()).toEqual([2, 3]);
  });
});

test('SafetensorsError carries its fields', () => {
  const error = new SafetensorsError('safetensors.write', {
    file: 'f',
    tensor: 't',
    message: 'm',
    expected: 'e',
    got: 'g',
  });
  expect(error).toMatchObject({ op: 'safetensors.write', file: 'f', tensor: 't', expected: 'e', got: 'g' });
  expect(error.message).toBe('safetensors.write: "f", tensor "t": m\n  expected e\n  got g');
});
