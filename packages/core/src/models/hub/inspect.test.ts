import { expect, test } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import { goldenModel, temporaryFolder, variant } from '../embedding/golden.fixture.ts';
import { inspectModel } from './inspect.ts';

test('inspectModel tells what a folder holds without loading its weights', async () => {
  expect(await inspectModel(goldenModel)).toMatchObject({
    kind: 'embedding model',
    modelType: 'bert',
    supported: true,
    hiddenSize: 16,
    layers: 2,
    dtypes: ['F32'],
    maxSeqLength: 32,
    pooling: ['mean'],
    heads: ['Dense 16 → 8 (tanh)', 'Normalize'],
    prompts: { query: 'question: ', document: '', other: 'tell me about the ' },
    similarity: 'dot',
  });
  const { parameters, weightBytes } = await inspectModel(goldenModel);
  expect(weightBytes).toBe(4 * parameters);
});

test('inspectModel knows a plain encoder, and refuses what is none', async () => {
  using folder = temporaryFolder();
  const plain = variant(folder.path, { 'modules.json': undefined, 'tokenizer.json': undefined });
  await expect(inspectModel(plain)).rejects.toThrow(ConfigError); // no tokenizer
  using other = temporaryFolder();
  const summary = await inspectModel(variant(other.path, { 'modules.json': undefined }));
  expect(summary).toMatchObject({ kind: 'encoder', pooling: ['mean'], heads: [] });
});
