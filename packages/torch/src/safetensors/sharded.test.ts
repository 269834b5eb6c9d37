import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ArgumentError, FileError, TensorDisposedError } from '../errors.ts';
import { memory, scope } from '../memory/index.ts';
import { arange } from '../ops/index.ts';
import { type Tensor, tensor } from '../tensor/index.ts';
import { SafetensorsError } from './errors.ts';
import { golden, temporaryFolder, thrownBy } from './golden.fixture.ts';
import { INDEX_FILE, parseShardIndex } from './index-file.ts';
import { openShardedSafetensors } from './sharded.ts';
import { writeShardedSafetensors } from './write-sharded.ts';

/** What golden-safetensors.py put into sharded/. */
function weights(): Record<string, Tensor> {
  const layers = Array.from({ length: 5 }, (_, i) => [
    `layer.${i}.weight`,
    arange(i * 10, i * 10 + 6, 1, { dtype: 'float32' }).reshape([2, 3]),
  ]);
  return {
    ...Object.fromEntries(layers),
    big: arange(0, 40, 1, { dtype: 'float32' }),
    tail: tensor(7, { dtype: 'int64' }),
  };
}

const filesOf = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString('hex')]),
  );

describe('openShardedSafetensors', () => {
  test('reads the shards of the Python library', () => {
    using shards = openShardedSafetensors(golden('sharded'));
    scope(() => {
      const expected = weights();
      expect([...shards.names].sort()).toEqual(Object.keys(expected).sort());
      for (const [name, value] of shards.tensors())
        expect(value.toArray()).toEqual(expected[name]?.toArray());
      expect(shards.info('tail')).toEqual({ dtype: 'I64', shape: [], bytes: 8 });
      expect(shards.rows('layer.3.weight', 1, 2, { dtype: 'int32' }).toArray()).toEqual([[33, 34, 35]]);
      expect(shards.bytes('tail').toArray()).toEqual([7, 0, 0, 0, 0, 0, 0, 0]);
    });
    expect(shards.metadata).toEqual({ format: 'pt' });
    expect(shards.has('layer.9.weight')).toBe(false);
    expect(thrownBy(() => shards.tensor('layer.9.weight'))).toMatchObject({
      name: 'SafetensorsError',
      tensor: 'layer.9.weight',
    });
    shards.close();
    expect(() => shards.tensor('tail')).toThrow(/closed/);
  });

  test('opens a shard only when it is needed', () => {
    using folder = temporaryFolder();
    cpSync(golden('sharded'), folder.path, { recursive: true });
    writeFileSync(join(folder.path, 'model-00003-of-00004.safetensors'), 'damaged');
    using shards = openShardedSafetensors(folder.path);
    expect(shards.tensor('tail').item()).toBe(7);
    expect(thrownBy(() => shards.tensor('big'))).toBeInstanceOf(SafetensorsError);
  });

  test('takes a single file where there is one', () => {
    using folder = temporaryFolder();
    copyFileSync(golden('names.safetensors'), join(folder.path, 'model.safetensors'));
    using file = openShardedSafetensors(folder.path);
    expect(file.tensor('plain').item()).toBe(0);
  });

  test('a folder without weights, a missing shard, a shard without its tensor', () => {
    using folder = temporaryFolder();
    expect(thrownBy(() => openShardedSafetensors(folder.path))).toBeInstanceOf(FileError);
    expect(() => openShardedSafetensors(join(folder.path, 'absent'))).toThrow(/neither/);
    cpSync(golden('sharded'), folder.path, { recursive: true });
    const shard = join(folder.path, 'model-00002-of-00004.safetensors');
    rmSync(shard);
    const missing = thrownBy(() => openShardedSafetensors(folder.path));
    expect(missing).toMatchObject({
      name: 'SafetensorsError',
      file: join(folder.path, INDEX_FILE),
      tensor: 'layer.2.weight',
    });
    copyFileSync(join(folder.path, 'model-00001-of-00004.safetensors'), shard);
    using shards = openShardedSafetensors(folder.path);
    const wrong = thrownBy(() => shards.tensor('layer.2.weight'));
    expect(wrong).toMatchObject({ name: 'SafetensorsError', file: shard, tensor: 'layer.2.weight' });
    mkdirSync(join(folder.path, 'sub'));
    rmSync(shard);
    mkdirSync(shard);
    expect(() => openShardedSafetensors(folder.path)).toThrow(/missing/);
  });
});

describe('parseShardIndex', () => {
  test.each([
    ['not JSON', '{', /not JSON/],
    ['no object', '[]', /no weight_map/],
    ['no weight_map', '{"metadata":{}}', /no weight_map/],
    ['weight_map is a list', '{"weight_map":[]}', /no weight_map/],
    ['duplicate tensor', '{"weight_map":{"a":"x","a":"y"}}', /duplicate key/],
    ['shard is a number', '{"weight_map":{"a":1}}', /bad shard name/],
    ['empty name', '{"weight_map":{"a":""}}', /bad shard name/],
    ['parent folder', '{"weight_map":{"a":"../secret.safetensors"}}', /bad shard name/],
    ['dots', '{"weight_map":{"a":".."}}', /bad shard name/],
    ['absolute path', '{"weight_map":{"a":"/etc/passwd"}}', /bad shard name/],
    ['backslash', '{"weight_map":{"a":"..\\\\x"}}', /bad shard name/],
    ['NUL', '{"weight_map":{"a":"x\\u0000y"}}', /bad shard name/],
  ])('%s', (_, text, message) => {
    const error = thrownBy(() => parseShardIndex(text, 'index.json')) as SafetensorsError;
    expect(error).toBeInstanceOf(SafetensorsError);
    expect(error.message).toMatch(message);
    expect([error.file, typeof error.expected, typeof error.got]).toEqual(['index.json', 'string', 'string']);
  });
});

describe('writeShardedSafetensors', () => {
  test('writes what huggingface_hub writes, to the byte', () => {
    using folder = temporaryFolder();
    const target = join(folder.path, 'made', 'here');
    const before = memory().liveTensors;
    scope(() =>
      writeShardedSafetensors(target, weights(), { maxShardBytes: 60, metadata: { format: 'pt' } }),
    );
    expect(filesOf(target)).toEqual(filesOf(golden('sharded')));
    expect(memory().liveTensors).toBe(before);
  });

  test('one file if they fit, and no weights of an earlier write beside it', () => {
    using folder = temporaryFolder();
    cpSync(golden('sharded'), folder.path, { recursive: true });
    writeFileSync(join(folder.path, 'config.json'), '{}');
    scope(() => writeShardedSafetensors(folder.path, weights()));
    expect(readdirSync(folder.path)).toEqual(['config.json', 'model.safetensors']);
    scope(() => writeShardedSafetensors(folder.path, weights(), { maxShardBytes: 100 }));
    expect(readdirSync(folder.path)).not.toContain('model.safetensors');
    using shards = openShardedSafetensors(folder.path);
    expect(shards.tensor('big').numel).toBe(40);
    writeShardedSafetensors(folder.path, {});
    expect(readdirSync(folder.path)).toEqual(['config.json', 'model.safetensors']);
  });

  test('changes nothing when a shard fails', () => {
    using folder = temporaryFolder();
    cpSync(golden('sharded'), folder.path, { recursive: true });
    const before = filesOf(folder.path);
    const late = tensor([1, 2, 3]);
    const options = { maxShardBytes: 4, metadata: { bad: '\ud800' } };
    expect(thrownBy(() => writeShardedSafetensors(folder.path, { late }, options))).toBeInstanceOf(
      SafetensorsError,
    );
    late.dispose();
    expect(thrownBy(() => writeShardedSafetensors(folder.path, { a: tensor([1]), late }))).toBeInstanceOf(
      TensorDisposedError,
    );
    expect(thrownBy(() => writeShardedSafetensors(folder.path, {}, { maxShardBytes: 0 }))).toBeInstanceOf(
      ArgumentError,
    );
    expect(filesOf(folder.path)).toEqual(before);
  });
});
