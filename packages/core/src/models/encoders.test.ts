import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { autocast, backward, IndexError, manualSeed, memory, scope, type Tensor } from '@ragwright/torch';
import { type PackedBatch, pack, StateDictError } from '@ragwright/torch/nn';
import { AdamW } from '@ragwright/torch/optim';
import { openSafetensors, writeSafetensors } from '@ragwright/torch/safetensors';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../base/errors.ts';
import { firstTokens } from './encoderParts.ts';
import {
  difference,
  type GoldenName,
  goldenCases,
  goldenConfig,
  goldenFolder,
  goldenNames,
  openGolden,
} from './encoders.fixture.ts';
import {
  type Encoder,
  EncoderStateError,
  encoderTypes,
  loadEncoder,
  newEncoder,
  saveEncoder,
} from './index.ts';

const work = mkdtempSync(join(tmpdir(), 'ragwright-encoders-'));
afterAll(() => rmSync(work, { recursive: true }));

const batchOf = (name: GoldenName, key: string) => pack(goldenCases(name)[key] as number[][]);

const hiddenOf = (encoder: Encoder, name: GoldenName, key: string): Tensor =>
  scope(() => encoder.forward(batchOf(name, key)).hidden);

describe.each(goldenNames)('%s equals transformers on padded input', (name) => {
  test.each(Object.keys(goldenCases(name)))('hidden states: %s', async (key) => {
    using encoder = await loadEncoder(goldenFolder(name));
    using golden = openGolden(name);
    scope(() => {
      expect(difference(hiddenOf(encoder, name, key), golden, `${key}.hidden`)).toBeLessThan(1e-5);
    });
  });

  test('gradients of all weights', async () => {
    using encoder = await loadEncoder(goldenFolder(name));
    using golden = openGolden(name);
    scope(() => {
      const hidden = hiddenOf(encoder, name, 'unequal');
      const loss = hidden
        .mul(golden.tensor('unequal.w'))
        .sum()
        .div(hidden.shape[0] as number);
      expect(difference(loss, golden, 'unequal.loss')).toBeLessThan(1e-5);
      backward(loss);
      const parameters = encoder.namedParameters().filter(([key]) => !key.startsWith('pooler.'));
      const compared = golden.names.filter((key) => key.startsWith('unequal.grad.'));
      expect(compared.length).toBe(parameters.length);
      for (const [key, { grad }] of parameters) {
        expect(difference(grad as Tensor, golden, `unequal.grad.${key}`), key).toBeLessThan(1e-5);
      }
    });
  });
});

describe.each(goldenNames)('%s', (name) => {
  test('dropout: seeded, off in evaluation, on in training', async () => {
    const dropout = {
      hidden_dropout_prob: 0.2,
      attention_probs_dropout_prob: 0.2,
      dropout: 0.2,
      attention_dropout: 0.2,
      mlp_dropout: 0.2,
      embedding_dropout: 0.2,
    };
    using encoder = newEncoder({ ...goldenConfig(name), ...dropout });
    const run = (seed: number): unknown => {
      manualSeed(seed);
      return scope(() => hiddenOf(encoder, name, 'unequal').toArray());
    };
    const trained = run(1);
    expect(run(1)).toEqual(trained);
    expect(run(2)).not.toEqual(trained);
    encoder.eval();
    expect(run(1)).toEqual(run(2));
    expect(run(1)).not.toEqual(trained);
  });

  test('bfloat16 autocast stays close to float32', async () => {
    using encoder = await loadEncoder(goldenFolder(name));
    using golden = openGolden(name);
    scope(() => {
      const half = autocast({ device: 'cpu', dtype: 'bfloat16' }, () => hiddenOf(encoder, name, 'unequal'));
      expect(difference(half.to('float32'), golden, 'unequal.hidden')).toBeLessThan(0.15);
    });
  });

  test.each(Object.keys(goldenCases(name)))(
    'the first tokens alone, and their gradients: %s',
    async (key) => {
      using encoder = await loadEncoder(goldenFolder(name));
      const run = (first: (batch: PackedBatch) => Tensor): { value: Tensor; grads: (Tensor | undefined)[] } =>
        scope(() => {
          const value = first(batchOf(name, key));
          backward(value.tanh().sum());
          const grads = encoder.parameters().map(({ grad }) => grad?.clone());
          encoder.zeroGrad();
          return { value: value.detach(), grads };
        });
      scope(() => {
        const want = run((batch) => firstTokens(encoder.forward(batch).hidden, batch));
        const got = run((batch) => encoder.forwardFirst(batch));
        const near = (a: Tensor, b: Tensor): number => Number(a.sub(b).abs().max().item());
        expect(got.value.shape).toEqual(want.value.shape);
        expect(near(got.value, want.value)).toBeLessThan(1e-5);
        got.grads.forEach((grad, i) => {
          const other = want.grads[i];
          expect(grad === undefined).toBe(other === undefined);
          if (grad && other) expect(near(grad, other), encoder.namedParameters()[i]?.[0]).toBeLessThan(2e-5);
        });
      });
      expect(() => encoder.forwardFirst(pack([[encoder.config.vocabSize]]))).toThrow(IndexError);
    },
  );

  test('training lowers the loss, and a step leaves nothing behind', () => {
    manualSeed(4);
    using encoder = newEncoder({ ...goldenConfig(name), initializer_range: 0.05 }).eval();
    using optimizer = new AdamW(encoder.namedParameters(), { lr: 3e-3 });
    using golden = openGolden(name);
    const batch = batchOf(name, 'unequal');
    const used: number[] = [];
    const losses = Array.from({ length: 5 }, () => {
      const value = scope(() => {
        const target = golden.tensor('unequal.w').tanh();
        const loss = encoder.forward(batch).hidden.sub(target).square().mean();
        backward(loss);
        return Number(loss.item());
      });
      optimizer.step();
      optimizer.zeroGrad();
      used.push(memory().liveTensors);
      return value;
    });
    losses.slice(1).forEach((loss, i) => {
      expect(loss).toBeLessThan(losses[i] as number);
    });
    expect(new Set(used.slice(1)).size).toBe(1);
    batch.dispose();
  });

  test('is saved to the byte as transformers does, and loads again', async () => {
    using encoder = await loadEncoder(goldenFolder(name));
    const folder = join(work, `saved-${name}`);
    await saveEncoder(encoder, folder);
    const saved = readFileSync(join(folder, 'model.safetensors'));
    expect(saved.equals(readFileSync(join(goldenFolder(name), 'model.safetensors')))).toBe(true);
    expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))).toEqual(goldenConfig(name));
    using again = await loadEncoder(folder);
    scope(() => {
      expect(hiddenOf(again, name, 'one').equal(hiddenOf(encoder, name, 'one'))).toBe(true);
    });
  });

  test("takes a task model's checkpoint", async () => {
    const prefix =
      { 'xlm-roberta': 'roberta', modernbert: 'model', 'modernbert-bias': 'model' }[name as string] ?? name;
    const folder = mkdtempSync(join(work, 'task-'));
    writeFileSync(join(folder, 'config.json'), JSON.stringify(goldenConfig(name)));
    scope(() => {
      using source = openSafetensors(join(goldenFolder(name), 'model.safetensors'));
      const weights = new Map<string, Tensor>();
      for (const [key, tensor] of source.tensors()) {
        if (key.startsWith('pooler.')) weights.set('classifier.dense.weight', tensor);
        else weights.set(`${prefix}.${key}`, tensor);
      }
      writeSafetensors(join(folder, 'model.safetensors'), weights);
    });
    using encoder = await loadEncoder(folder);
    using golden = openGolden(name);
    scope(() => {
      expect(difference(hiddenOf(encoder, name, 'one'), golden, 'one.hidden')).toBeLessThan(1e-5);
    });
  });

  test('layers and embedding parts hold all weights but those of the ends', async () => {
    using encoder = await loadEncoder(goldenFolder(name));
    const held = new Set([...encoder.embeddingParts, ...encoder.layers].flatMap((part) => part.parameters()));
    const others = encoder.namedParameters().filter(([, tensor]) => !held.has(tensor));
    for (const [key] of others)
      expect(key).toMatch(/^(pooler|final_norm|encoder\.relative_attention_bias)\./);
  });

  test('a token and a position outside their tables', async () => {
    using encoder = await loadEncoder(goldenFolder(name));
    const { vocabSize, maxPositions } = encoder.config;
    const long = (length: number) => pack([Array.from({ length }, () => 5)]);
    expect(() => encoder.forward(pack([[vocabSize]]))).toThrow(IndexError);
    expect(() => encoder.forward(long(maxPositions + 1))).toThrow(IndexError);
    expect(scope(() => encoder.forward(long(maxPositions)).hidden.shape)).toEqual([
      maxPositions,
      encoder.config.hiddenSize,
    ]);
  });
});

test('numbers that transformers wants with a decimal point are written so', async () => {
  using encoder = newEncoder({ ...goldenConfig('modernbert'), initializer_range: 1, norm_eps: 1e-12 });
  const folder = join(work, 'decimals');
  await saveEncoder(encoder, folder);
  const text = readFileSync(join(folder, 'config.json'), 'utf8');
  for (const line of [
    '"initializer_range": 1.0',
    '"initializer_cutoff_factor": 2.0',
    '"rope_theta": 160000.0',
    '"norm_eps": 1e-12',
    '"hidden_size": 24,',
  ])
    expect(text).toContain(line);
});

test("ModernBERT's older names in config.json mean the same", () => {
  const { layer_types: _, rope_parameters: __, ...rest } = goldenConfig('modernbert');
  using now = newEncoder(goldenConfig('modernbert'));
  using before = newEncoder({
    ...rest,
    global_attn_every_n_layers: 3,
    global_rope_theta: 160000,
    local_rope_theta: 10000,
  });
  expect({ ...before.config, json: {} }).toEqual({ ...now.config, json: {} });
  using other = newEncoder({ ...rest, global_attn_every_n_layers: 2, local_rope_theta: 77 });
  expect(other.config).toMatchObject({
    layerTypes: ['full_attention', 'sliding_attention', 'full_attention'],
    ropeTheta: { full_attention: 160000, sliding_attention: 77 },
  });
});

test('a new ModernBERT has truncated normal weights, smaller where a branch ends', () => {
  manualSeed(1);
  using encoder = newEncoder({ ...goldenConfig('modernbert'), hidden_size: 64, intermediate_size: 64 });
  const spread = (end: string): { std: number; max: number } =>
    scope(() => {
      const [, weight] = encoder.namedParameters().find(([key]) => key.endsWith(end)) as [string, Tensor];
      return { std: Number(weight.std().item()), max: Number(weight.abs().max().item()) };
    });
  // A normal distribution cut at 2 σ has a standard deviation of 0.88 σ.
  expect(spread('0.mlp.Wi.weight').std).toBeCloseTo(0.2 * 0.88, 2);
  expect(spread('0.mlp.Wi.weight').max).toBeLessThanOrEqual(0.4);
  expect(spread('0.mlp.Wo.weight').std).toBeCloseTo((0.2 * 0.88) / Math.sqrt(6), 2);
});

describe('what does not fit is a typed error', () => {
  const folderWith = (name: GoldenName, changes: object): string => {
    const folder = mkdtempSync(join(work, 'bad-'));
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...goldenConfig(name), ...changes }));
    writeFileSync(
      join(folder, 'model.safetensors'),
      readFileSync(join(goldenFolder(name), 'model.safetensors')),
    );
    return folder;
  };

  test('a model type that is not supported lists those that are', async () => {
    const folder = folderWith('roberta', { model_type: 'llama' });
    const error = await loadEncoder(folder).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems).toEqual([
      { field: 'model_type', expected: `an encoder: one of ${encoderTypes.join(', ')}`, got: '"llama"' },
    ]);
    expect(() => newEncoder({})).toThrow(/model_type: expected an encoder/);
  });

  test.each<[GoldenName, object, string[]]>([
    ['roberta', { pad_token_id: null, hidden_size: 25 }, ['hidden_size', 'pad_token_id']],
    ['xlm-roberta', { max_position_embeddings: 2 }, ['max_position_embeddings']],
    [
      'mpnet',
      { relative_attention_num_buckets: 16, hidden_act: 'x' },
      ['hidden_act', 'relative_attention_num_buckets'],
    ],
    ['distilbert', { n_heads: 5, dropout: 1 }, ['dim', 'dropout']],
    [
      'modernbert',
      { layer_types: ['full_attention'], rope_parameters: { full_attention: { rope_type: 'yarn' } } },
      ['layer_types', 'rope_parameters.full_attention.rope_type'],
    ],
    ['modernbert', { rope_parameters: 3, rope_scaling: { factor: 2 } }, ['rope_parameters', 'rope_scaling']],
    ['modernbert', { num_attention_heads: 8 }, ['num_attention_heads']],
  ])('%s with %j', async (name, changes, fields) => {
    const error = await loadEncoder(folderWith(name, changes)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    const got = new Set((error as ConfigError).problems.map(({ field }) => field));
    expect([...got].sort()).toEqual(fields);
  });

  test('weights of another size, and options that do not exist, leave nothing behind', async () => {
    const before = memory().liveTensors;
    const folder = folderWith('mpnet', { intermediate_size: 31 });
    await expect(loadEncoder(folder)).rejects.toThrow(StateDictError);
    await expect(loadEncoder(folder, { dtype: 'int64' })).rejects.toThrow(/dtype/);
    await expect(loadEncoder(folder, { pooler: true } as object)).rejects.toThrow(/no option 'pooler'/);
    expect(memory().liveTensors).toBe(before);
  });

  test('a folder that cannot be written keeps what it had', async () => {
    using encoder = await loadEncoder(goldenFolder('roberta'));
    const file = join(work, 'a-file');
    writeFileSync(file, 'x');
    await expect(saveEncoder(encoder, file)).rejects.toThrow(/EEXIST|not a directory/);
    expect(readFileSync(file, 'utf8')).toBe('x');
    expect(existsSync(join(work, 'a-file', 'config.json'))).toBe(false);
    expect(new EncoderStateError('x')).toBeInstanceOf(Error);
  });
});
