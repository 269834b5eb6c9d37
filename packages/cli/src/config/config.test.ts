import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '@ragwright/core/base';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../command/errors.ts';
import { findConfig } from './files.ts';
import { merge, parseOverrides } from './overrides.ts';
import { resolveConfig } from './resolve.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragwright-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe('files', () => {
  test.each([
    ['ragwright.config.json', '{ "documents": "docs", "training": { "epochs": 2 } }'],
    ['ragwright.config.yaml', 'documents: docs\ntraining:\n  epochs: 2\n'],
    ['ragwright.config.mjs', 'export default { documents: "docs", training: { epochs: 2 } };'],
    [
      'ragwright.config.ts',
      "import { defineConfig } from 'ragwright';\nconst epochs: number = 2;\nexport default defineConfig({ documents: 'docs', training: { epochs } });",
    ],
  ])('%s: checked, defaults filled in, paths relative to the file', async (name, text) => {
    write(name, text);
    const { settings, file } = await resolveConfig({ config: folder });
    expect(file).toBe(join(folder, name));
    expect(settings.documents).toEqual({ path: join(folder, 'docs') });
    expect(settings.output).toBe(join(folder, 'run'));
    expect(settings.training).toMatchObject({ epochs: 2, batchSize: 32 });
    expect(settings.model).toMatch(/^hf:/);
  });

  test('a folder as model is resolved, a name that is none stays', async () => {
    mkdirSync(join(folder, 'mine'));
    write('ragwright.config.json', '{ "documents": "/data", "model": "mine|hf:org/name|pip:package" }');
    const { settings } = await resolveConfig({ config: folder });
    expect(settings.model).toBe(`${join(folder, 'mine')}|hf:org/name|pip:package`);
    expect(settings.documents).toEqual({ path: '/data' });
  });

  test('what the reranker begins as is relative to the file too', async () => {
    mkdirSync(join(folder, 'ce'));
    write('ragwright.config.json', '{ "documents": "/data", "reranker": { "model": "ce|hf:org/name" } }');
    const { settings } = await resolveConfig({ config: folder });
    expect(settings.reranker).toMatchObject({ model: `${join(folder, 'ce')}|hf:org/name` });
    write('ragwright.config.json', '{ "documents": "/data", "reranker": { "candidates": 5 } }');
    expect((await resolveConfig({ config: folder })).settings.reranker).toMatchObject({ model: 'embedder' });
  });

  test('no config, or one that is not there, says what to do', async () => {
    expect(() => findConfig(undefined, folder)).toThrow(UsageError);
    expect(() => findConfig('nowhere.ts', folder)).toThrow('--config nowhere.ts: no such file');
    await expect(resolveConfig({ config: folder })).rejects.toMatchObject({
      advice: expect.stringContaining('ragwright init'),
    });
  });
});

describe('problems', () => {
  const problemsOf = async (name: string, text: string) => {
    write(name, text);
    const error = await resolveConfig({ config: folder }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).problems;
  };

  test('all are told at once, each with its path', async () => {
    const problems = await problemsOf(
      'ragwright.config.json',
      '{ "documents": "d", "chunk": {}, "training": { "epochs": -1, "batchsize": 4 }, "split": { "dev": 0.9 }, "precision": "half" }',
    );
    expect(problems.map(({ field }) => field).sort()).toEqual([
      'chunk',
      'precision',
      'split.dev',
      'training.batchsize',
      'training.epochs',
    ]);
    expect(problems.find(({ field }) => field === 'chunk')).toMatchObject({ got: 'an unknown key' });
    expect(problems.find(({ field }) => field === 'precision')?.expected).toContain('bfloat16');
  });

  test.each([
    ['ragwright.config.json', '{ "documents": ', 'JSON'],
    ['ragwright.config.yaml', 'a: [1\nb: 2', 'YAML'],
    ['ragwright.config.ts', 'export default {', 'a file that runs'],
    ['ragwright.config.ts', "throw new Error('boom');", 'a file that runs'],
    ['ragwright.config.ts', 'export const config = {};', 'export default'],
  ])('%s %j', async (name, text, expected) => {
    const [problem] = await problemsOf(name, text);
    expect(problem?.expected).toContain(expected);
  });

  test.each(['null', '[]', '"documents"', '3'])('a config that is %s', async (text) => {
    expect((await problemsOf('ragwright.config.json', text)).length).toBeGreaterThan(0);
  });
});

describe('key=value', () => {
  test('nested keys, values as YAML, texts with colons stay texts', () => {
    expect(
      parseOverrides([
        'training.epochs=3',
        'training.lora={rank: 8}',
        'evaluation.metrics=[ndcg@10]',
        'model=hf:a/b',
        'split.by=topic',
        'fallback=',
      ]),
    ).toEqual({
      training: { epochs: 3, lora: { rank: 8 } },
      evaluation: { metrics: ['ndcg@10'] },
      model: 'hf:a/b',
      split: { by: 'topic' },
      fallback: '',
    });
  });

  test.each(['epochs', '=3', 'a..b=1', '__proto__.x=1', 'a.__proto__=1', 'a b=1'])(
    '%s is refused',
    (word) => {
      expect(() => parseOverrides([word])).toThrow(UsageError);
      expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    },
  );

  test('a key given twice, or as value and as section, is refused', () => {
    expect(() => parseOverrides(['a=1', 'a=2'])).toThrow('twice');
    expect(() => parseOverrides(['a=1', 'a.b=2'])).toThrow('has a value already');
  });

  test('they lie over the file, and are relative to the current folder', async () => {
    write('ragwright.config.json', '{ "documents": "docs", "training": { "epochs": 2, "batchSize": 8 } }');
    const { settings } = await resolveConfig({ config: folder, words: ['training.epochs=5', 'output=here'] });
    expect(settings.training).toMatchObject({ epochs: 5, batchSize: 8 });
    expect(settings.output).toBe(join(process.cwd(), 'here'));
    const without = await resolveConfig({ data: folder, words: ['training.epochs=5'] });
    expect(without).toMatchObject({ settings: { documents: { path: folder }, training: { epochs: 5 } } });
    expect(without.file).toBeUndefined();
  });

  test('merge replaces lists and leaves', () => {
    expect(merge({ a: { b: 1, c: [1, 2] } }, { a: { c: [3] } })).toEqual({ a: { b: 1, c: [3] } });
    expect(merge(null, {})).toBe(null);
  });
});
