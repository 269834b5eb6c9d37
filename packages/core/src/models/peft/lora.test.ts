import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { backward, manualSeed, memory, scope, type Tensor } from '@ragwright/torch';
import { pack } from '@ragwright/torch/nn';
import { AdamW } from '@ragwright/torch/optim';
import { openSafetensors } from '@ragwright/torch/safetensors';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError, DataError } from '../../base/errors.ts';
import { difference, goldenCases, goldenFolder } from '../encoders.fixture.ts';
import { type Encoder, EncoderStateError, encoderWeights, loadEncoder, saveEncoder } from '../index.ts';
import { addLora, freeze, type Lora, loadAdapter, saveAdapter } from './index.ts';

// Golden files: scripts/golden-lora.py
const adapterFolder = (name: string): string =>
  fileURLToPath(new URL(`../../../golden/lora/${name}`, import.meta.url));
const names = ['roberta', 'distilbert'] as const;
const work = mkdtempSync(join(tmpdir(), 'ragwright-lora-'));
afterAll(() => rmSync(work, { recursive: true }));

const hiddenOf = (encoder: Encoder, name: string): Tensor =>
  scope(() => encoder.forward(pack(goldenCases(name)['unequal'] as number[][])).hidden);

const values = (encoder: Encoder, name: string): unknown => scope(() => hiddenOf(encoder, name).toArray());

const apart = (a: Tensor, b: Tensor): number => Number(a.sub(b).abs().max().item());

describe.each(names)("PEFT's adapter on %s", (name) => {
  const golden = openSafetensors(join(adapterFolder(name), 'golden.safetensors'));
  afterAll(() => golden.close());

  test('hidden states and gradients equal PEFT', async () => {
    using encoder = await loadEncoder(goldenFolder(name));
    const lora = await loadAdapter(encoder, adapterFolder(name));
    scope(() => {
      const hidden = hiddenOf(encoder, name);
      expect(difference(hidden, golden, 'hidden')).toBeLessThan(1e-5);
      const loss = hidden
        .mul(golden.tensor('w'))
        .sum()
        .div(hidden.shape[0] as number);
      backward(loss);
      const parameters = lora.namedParameters();
      expect(parameters.length).toBe(golden.names.filter((key) => key.startsWith('grad.')).length);
      for (const [key, { grad }] of parameters) {
        expect(difference(grad as Tensor, golden, `grad.${key}`), key).toBeLessThan(1e-5);
      }
      const withGradient = encoder.parameters().filter(({ grad }) => grad !== null);
      expect(withGradient.length).toBe(parameters.length);
    });
  });

  test('is saved to the byte as PEFT does, with the same settings', async () => {
    using encoder = await loadEncoder(goldenFolder(name));
    const lora = await loadAdapter(encoder, adapterFolder(name));
    const folder = join(work, name);
    await saveAdapter(lora, folder, { baseModel: 'org/base' });
    const read = (file: string) => readFileSync(join(folder, file));
    const weights = 'adapter_model.safetensors';
    expect(read(weights).equals(readFileSync(join(adapterFolder(name), weights)))).toBe(true);
    const original = JSON.parse(
      readFileSync(join(adapterFolder(name), 'adapter_config.json'), 'utf8'),
    ) as object;
    const saved = JSON.parse(read('adapter_config.json').toString()) as object;
    expect(saved).toEqual({
      ...Object.fromEntries(Object.entries(original).filter(([key]) => key in saved)),
      base_model_name_or_path: 'org/base',
      target_modules: [...lora.layers.keys()],
      task_type: 'FEATURE_EXTRACTION',
    });
  });

  test('merged: the same results; unmerged: the weights as they were', async () => {
    using encoder = await loadEncoder(goldenFolder(name));
    using plain = await loadEncoder(goldenFolder(name));
    const lora = await loadAdapter(encoder, adapterFolder(name));
    scope(() => {
      lora.merge();
      lora.merge(); // no further effect
      expect(difference(hiddenOf(encoder, name), golden, 'hidden')).toBeLessThan(1e-5);
      lora.unmerge();
      lora.unmerge();
      expect(difference(hiddenOf(encoder, name), golden, 'hidden')).toBeLessThan(1e-5);
      lora.unload();
      const weights = encoderWeights(encoder);
      for (const [key, tensor] of encoderWeights(plain)) {
        expect(apart(weights.get(key) as Tensor, tensor), key).toBeLessThan(1e-6);
      }
    });
  });

  test('merged and unloaded, it is a plain encoder that can be saved', async () => {
    using encoder = await loadEncoder(goldenFolder(name));
    const lora = await loadAdapter(encoder, adapterFolder(name));
    expect(() => encoderWeights(encoder)).toThrow(EncoderStateError);
    await expect(saveEncoder(encoder, join(work, 'never'))).rejects.toThrow(/adapters .*mergeAndUnload/);
    lora.mergeAndUnload();
    const folder = join(work, `merged-${name}`);
    await saveEncoder(encoder, folder);
    using again = await loadEncoder(folder);
    scope(() => {
      expect(difference(hiddenOf(again, name), golden, 'hidden')).toBeLessThan(1e-5);
    });
  });
});

describe('addLora', () => {
  test('changes nothing at first; training moves the adapters, and only them', async () => {
    manualSeed(1);
    using encoder = await loadEncoder(goldenFolder('mpnet'));
    const before = values(encoder, 'mpnet');
    const base = new Map([...encoderWeights(encoder)].map(([key, tensor]) => [key, tensor.toArray()]));
    const lora = addLora(encoder, { rank: 4, dropout: 0.1 });
    expect(lora.settings).toEqual({ rank: 4, alpha: 8, dropout: 0.1, rslora: false });
    expect(values(encoder, 'mpnet')).toEqual(before);
    expect(lora.layers.size).toBe(2 * 6);
    encoder.train();
    using optimizer = new AdamW(lora.namedParameters(), { lr: 1e-2 });
    const started = new Map(lora.namedParameters().map(([key, tensor]) => [key, tensor.toArray()]));
    const losses = Array.from({ length: 6 }, () => {
      const loss = scope(() => {
        const error = hiddenOf(encoder, 'mpnet').square().mean();
        backward(error);
        return Number(error.item());
      });
      optimizer.step();
      optimizer.zeroGrad();
      return loss;
    });
    expect(losses.at(-1)).toBeLessThan(losses[0] as number);
    for (const [key, tensor] of lora.namedParameters()) {
      expect(tensor.toArray(), key).not.toEqual(started.get(key));
    }
    for (const [key, tensor] of encoder.stateDict()) {
      const name = key.replace('.base_layer.', '.');
      if (base.has(name)) expect(tensor.toArray(), name).toEqual(base.get(name));
    }
  });

  test.each<[string, Parameters<typeof addLora>[1], number]>([
    ['all linear layers of the blocks', {}, 12],
    ['names', { targets: ['query', 'output.dense'] }, 2 + 4],
    ['a full name', { targets: ['encoder.layer.1.attention.self.key'] }, 1],
    ['a pattern', { targets: /layer\.0\..*dense$/g }, 3],
    ['the pooler, if it is named', { targets: ['pooler.dense'] }, 1],
  ])('targets: %s', async (_, options, count) => {
    using encoder = await loadEncoder(goldenFolder('roberta'));
    expect(addLora(encoder, options).layers.size).toBe(count);
  });

  test('scaling: alpha / rank, or alpha / √rank; dropout only in training', async () => {
    using encoder = await loadEncoder(goldenFolder('roberta'));
    const scaling = (lora: Lora): number => [...lora.layers.values()][0]?.scaling as number;
    const plain = addLora(encoder, { rank: 4, alpha: 6 });
    expect(scaling(plain)).toBe(1.5);
    plain.unload();
    const stabilised = addLora(encoder, { rank: 4, alpha: 6, rslora: true, dropout: 0.5 });
    expect(scaling(stabilised)).toBe(3);
    for (const [, tensor] of stabilised.namedParameters()) scope(() => void tensor.detach().uniform_(-1, 1));
    expect(values(encoder, 'roberta')).toEqual(values(encoder, 'roberta'));
    encoder.train();
    expect(values(encoder, 'roberta')).not.toEqual(values(encoder, 'roberta'));
  });

  test('a bfloat16 model trains float32 adapters', async () => {
    using encoder = await loadEncoder(goldenFolder('roberta'), { dtype: 'bfloat16' });
    const lora = addLora(encoder, { rank: 2 });
    scope(() => {
      const hidden = hiddenOf(encoder, 'roberta');
      expect(hidden.dtype).toBe('bfloat16');
      backward(hidden.to('float32').square().sum());
    });
    for (const [key, tensor] of lora.namedParameters()) {
      expect(tensor.dtype, key).toBe('float32');
      expect(tensor.grad?.dtype, key).toBe('float32');
    }
  });

  test('unload gives back what was trained before, and leaves nothing behind', async () => {
    using encoder = await loadEncoder(goldenFolder('roberta'));
    encoder.freeze('embeddings');
    const trained = () => encoder.namedParameters().flatMap(([key, x]) => (x.requiresGrad ? [key] : []));
    const before = { trained: trained(), live: memory().liveTensors, names: [...encoder.stateDict().keys()] };
    const lora = addLora(encoder);
    expect(trained()).toEqual(lora.namedParameters().map(([key]) => key));
    lora.unload();
    const after = { trained: trained(), live: memory().liveTensors, names: [...encoder.stateDict().keys()] };
    expect(after).toEqual(before);
  });

  test.each<[string, object, string[]]>([
    ['bad numbers', { rank: 0, alpha: -1, dropout: 1, rslora: 1 }, ['rank', 'alpha', 'dropout', 'rslora']],
    ['an option that does not exist', { r: 8 }, ['r']],
    ['targets that are not there', { targets: ['query', 'q_proj'] }, ['targets']],
    ['a pattern that finds nothing', { targets: /nothing/ }, ['targets']],
    ['a list of none', { targets: [] }, ['targets']],
  ])('%s: a ConfigError, and nothing is changed', async (_, options, fields) => {
    using encoder = await loadEncoder(goldenFolder('roberta'));
    const before = { live: memory().liveTensors, trained: encoder.parameters().map((x) => x.requiresGrad) };
    let error: unknown;
    try {
      addLora(encoder, options);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems.map(({ field }) => field)).toEqual(fields);
    const after = { live: memory().liveTensors, trained: encoder.parameters().map((x) => x.requiresGrad) };
    expect(after).toEqual(before);
  });

  test('a second adapter', async () => {
    using encoder = await loadEncoder(goldenFolder('roberta'));
    addLora(encoder, { targets: ['query'] });
    expect(() => addLora(encoder, { targets: ['value'] })).toThrow(/a model without adapters/);
  });
});

describe('an adapter that does not fit', () => {
  function copyOf(name: string, changes: object): string {
    const folder = mkdtempSync(join(work, 'bad-'));
    const config = JSON.parse(
      readFileSync(join(adapterFolder(name), 'adapter_config.json'), 'utf8'),
    ) as object;
    writeFileSync(join(folder, 'adapter_config.json'), JSON.stringify({ ...config, ...changes }));
    const file = 'adapter_model.safetensors';
    writeFileSync(join(folder, file), readFileSync(join(adapterFolder(name), file)));
    return folder;
  }
  const attempt = async (model: string, folder: string): Promise<unknown> => {
    using encoder = await loadEncoder(goldenFolder(model));
    const before = { live: memory().liveTensors, names: [...encoder.stateDict().keys()] };
    const error = await loadAdapter(encoder, folder).catch((reason: unknown) => reason);
    expect({ live: memory().liveTensors, names: [...encoder.stateDict().keys()] }).toEqual(before);
    return error;
  };

  test('of a kind that is not supported: all of it is listed', async () => {
    const changes = { peft_type: 'IA3', bias: 'all', use_dora: true, alpha_pattern: { query: 3 } };
    const error = await attempt('roberta', copyOf('roberta', { ...changes, modules_to_save: ['head'] }));
    expect(error).toBeInstanceOf(ConfigError);
    const fields = (error as ConfigError).problems.map(({ field }) => field).sort();
    expect(fields).toEqual(['alpha_pattern', 'bias', 'modules_to_save', 'peft_type', 'use_dora']);
  });

  test('of another model, or another rank', async () => {
    const other = await attempt('modernbert', copyOf('roberta', {}));
    expect(other).toBeInstanceOf(DataError);
    expect((other as DataError).message).toMatch(/no such layer .*the model that it was trained on/);
    const rank = await attempt('roberta', copyOf('roberta', { r: 4 }));
    expect((rank as DataError).details).toMatchObject({ expected: 'shape [4, 24]', got: '[3, 24]' });
  });

  test('no folder', async () => {
    expect(await attempt('roberta', join(work, 'nowhere'))).toBeInstanceOf(ConfigError);
  });
});

describe('freeze', () => {
  test('embeddings and the first layers', async () => {
    using encoder = await loadEncoder(goldenFolder('distilbert'));
    expect(freeze(encoder, { embeddings: true, layers: 1 })).toBe(4 + 16);
    for (const [key, { requiresGrad }] of encoder.namedParameters()) {
      expect(requiresGrad, key).toBe(key.startsWith('transformer.layer.1.'));
    }
    expect(freeze(encoder, {})).toBe(0);
  });
  test.each([3, -1, 0.5])('%s of 2 layers', async (layers) => {
    using encoder = await loadEncoder(goldenFolder('distilbert'));
    expect(() => freeze(encoder, { layers })).toThrow(ConfigError);
  });
});
