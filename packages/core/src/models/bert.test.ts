import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ArgumentError, autocast, backward, IndexError, memory, scope, type Tensor } from '@ragwright/torch';
import { type PackedBatch, pack, StateDictError } from '@ragwright/torch/nn';
import { AdamW } from '@ragwright/torch/optim';
import { openSafetensors, writeSafetensors } from '@ragwright/torch/safetensors';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Bert } from './bert.ts';
import { readBertConfig } from './bertConfig.ts';
import { loadBert } from './loadBert.ts';

// Golden files: scripts/golden-bert.py
const folder = fileURLToPath(new URL('../../golden/bert-tiny', import.meta.url));
const golden = openSafetensors(join(folder, 'golden.safetensors'));
const cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as Record<
  string,
  { tokens: number[][]; segmentIds?: number[][] }
>;
let model: Bert;

beforeAll(async () => {
  model = await loadBert(folder);
});
afterAll(() => {
  model.dispose();
  golden.close();
});

function batchOf(name: string): PackedBatch {
  const { tokens, segmentIds } = cases[name] ?? { tokens: [] };
  return pack(tokens, segmentIds ? { segmentIds } : {});
}

/** Largest absolute difference from a golden tensor of the same shape. */
function difference(actual: Tensor, name: string): number {
  return scope(() => {
    const want = golden.tensor(name);
    expect(actual.shape, name).toEqual(want.shape);
    return Number(actual.sub(want).abs().max().item());
  });
}

describe('packed output equals transformers on padded input', () => {
  test.each(Object.keys(cases))('%s', (name) => {
    scope(() => {
      const { hidden, pooled } = model.forward(batchOf(name));
      expect(difference(hidden, `${name}.hidden`)).toBeLessThan(1e-5);
      expect(difference(pooled as Tensor, `${name}.pooled`)).toBeLessThan(1e-5);
    });
  });

  test.each(['unequal', 'sorted'])('%s: gradients of all parameters', (name) => {
    scope(() => {
      const { hidden, pooled } = model.forward(batchOf(name));
      const w = hidden
        .mul(golden.tensor(`${name}.w`))
        .sum()
        .div(hidden.shape[0] as number);
      const u = (pooled as Tensor).mul(golden.tensor(`${name}.u`)).sum();
      const loss = w.add(u.div((pooled as Tensor).shape[0] as number));
      expect(difference(loss, `${name}.loss`)).toBeLessThan(1e-5);
      backward(loss);
      const parameters = model.namedParameters();
      expect(parameters.length).toBe(39);
      for (const [parameter, tensor] of parameters) {
        expect(difference(tensor.grad as Tensor, `${name}.grad.${parameter}`), parameter).toBeLessThan(1e-5);
      }
      model.zeroGrad();
    });
  });

  test('a forward and backward pass leaves nothing behind but its outputs', () => {
    const batch = batchOf('unequal');
    const run = () => scope(() => backward(model.forward(batch).hidden.sum()));
    run();
    model.zeroGrad();
    const before = memory();
    run();
    model.zeroGrad();
    expect(memory().liveTensors).toBe(before.liveTensors);
    expect(memory().bytes).toBe(before.bytes);
    batch.dispose();
  });
});

describe('what the model cannot take', () => {
  test('an empty batch', () => {
    expect(() => model.forward(pack([]))).toThrow(ArgumentError);
  });
  test.each<[string, () => PackedBatch]>([
    ['a token', () => pack([[1, 99]])],
    ['a position', () => pack([Array.from({ length: 41 }, () => 1)])],
    ['a segment', () => pack([[1]], { segmentIds: [[2]] })],
  ])('%s outside its table', (_, batch) => {
    expect(() => model.forward(batch())).toThrow(IndexError);
  });
});

test('training moves what is not frozen, and only that; the loss falls', async () => {
  using trained = await loadBert(folder);
  trained.eval(); // no dropout: the loss must fall in every step
  expect(trained.freeze('embeddings') + trained.freeze('encoder.layer.0')).toBe(5 + 16);
  const before = new Map(trained.namedParameters().map(([name, tensor]) => [name, tensor.toArray()]));
  using optimizer = new AdamW(trained.namedParameters(), { lr: 1e-3 });
  const batch = batchOf('unequal');
  const losses: number[] = [];
  for (let step = 0; step < 8; step++) {
    scope(() => {
      const { hidden, pooled } = trained.forward(batch);
      const target = golden.tensor('unequal.w').tanh();
      const loss = hidden
        .sub(target)
        .square()
        .mean()
        .add((pooled as Tensor).square().mean());
      backward(loss);
      losses.push(Number(loss.item()));
    });
    optimizer.step();
    optimizer.zeroGrad();
  }
  losses.slice(1).forEach((loss, i) => {
    expect(loss).toBeLessThan(losses[i] as number);
  });
  for (const [name, tensor] of trained.namedParameters()) {
    const frozen = name.startsWith('embeddings.') || name.startsWith('encoder.layer.0.');
    const now = tensor.toArray();
    if (frozen) expect(now, name).toEqual(before.get(name));
    else expect(now, name).not.toEqual(before.get(name));
  }
});

test('bfloat16 autocast: close to float32, trains float32 weights, leaves nothing behind', async () => {
  using trained = await loadBert(folder);
  using optimizer = new AdamW(trained.namedParameters(), { lr: 1e-3 });
  const batch = batchOf('unequal');
  const losses: number[] = [];
  const used: number[] = [];
  for (let step = 0; step < 6; step++) {
    scope(() => {
      const { hidden } = autocast({ device: 'cpu', dtype: 'bfloat16' }, () => trained.forward(batch));
      if (step === 0) expect(difference(hidden.to('float32'), 'unequal.hidden')).toBeLessThan(0.15);
      const loss = hidden.sub(golden.tensor('unequal.w').tanh()).square().mean();
      backward(loss);
      losses.push(Number(loss.item()));
    });
    optimizer.step();
    optimizer.zeroGrad();
    used.push(memory().bytes);
  }
  expect(losses.at(-1)).toBeLessThan((losses[0] as number) * 0.95);
  expect(new Set(trained.parameters().map((tensor) => tensor.dtype))).toEqual(new Set(['float32']));
  expect(new Set(used).size).toBe(1);
});

describe('loadBert', () => {
  const work = mkdtempSync(join(tmpdir(), 'ragwright-bert-'));
  afterAll(() => rmSync(work, { recursive: true }));

  function write(rename: (name: string) => string | undefined, config: object = {}): string {
    const made = mkdtempSync(join(work, 'model-'));
    const original = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as object;
    writeFileSync(join(made, 'config.json'), JSON.stringify({ ...original, ...config }));
    scope(() => {
      using source = openSafetensors(join(folder, 'model.safetensors'));
      const tensors = new Map<string, Tensor>();
      for (const [name, tensor] of source.tensors()) {
        const renamed = rename(name);
        if (renamed) tensors.set(renamed, tensor);
      }
      writeSafetensors(join(made, 'model.safetensors'), tensors);
    });
    return made;
  }

  test("takes a task model's prefix and TensorFlow's norm names, and passes over its head", async () => {
    const old = (name: string) =>
      `bert.${name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta')}`;
    const made = write((name) =>
      (name === 'pooler.dense.bias' ? 'cls.predictions.bias' : old(name)).replace(
        'bert.pooler.dense.weight',
        'classifier.weight',
      ),
    );
    using loaded = await loadBert(made);
    const { hidden, pooled } = scope(() => loaded.forward(batchOf('one')));
    expect(pooled).toBeUndefined();
    expect(difference(hidden, 'one.hidden')).toBeLessThan(1e-5);
  });

  test('converts to another dtype', async () => {
    using loaded = await loadBert(folder, { dtype: 'bfloat16' });
    expect(new Set(loaded.parameters().map((tensor) => tensor.dtype))).toEqual(new Set(['bfloat16']));
    const { hidden } = scope(() => loaded.forward(batchOf('one')));
    expect(difference(hidden.to('float32'), 'one.hidden')).toBeLessThan(0.15);
  });

  test('lists every weight that does not fit', async () => {
    const made = write((name) => (name === 'pooler.dense.bias' ? 'pooler.dense.wrong' : name), {
      intermediate_size: 63,
    });
    const error = await loadBert(made).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StateDictError);
    const { missing, unexpected, mismatched } = error as StateDictError;
    expect(missing).toEqual(['pooler.dense.bias']);
    expect(unexpected).toEqual(['pooler.dense.wrong']);
    expect(mismatched.map(({ name }) => name)).toContain('encoder.layer.1.output.dense.weight');
    expect(mismatched.length).toBe(6);
  });

  test('lists every field of config.json that is wrong', async () => {
    const made = write((name) => name, {
      hidden_act: 'gelo',
      hidden_size: '32',
      layer_norm_eps: -1,
      model_type: 'gpt2',
    });
    const error = await readBertConfig(join(made, 'config.json')).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'ConfigError', file: join(made, 'config.json') });
    const { problems } = error as { problems: { field: string; got: string }[] };
    expect(problems.map(({ field, got }) => `${field}: ${got}`).sort()).toEqual([
      'hidden_act: "gelo"',
      'hidden_size: "32"',
      'layer_norm_eps: -1',
      'model_type: "gpt2"',
    ]);
  });

  test.each([
    ['no JSON', '{', 'JSON'],
    ['no object', '[]', 'a JSON object'],
  ])('%s', async (_, text, expected) => {
    const file = join(mkdtempSync(join(work, 'bad-')), 'config.json');
    writeFileSync(file, text);
    await expect(readBertConfig(file)).rejects.toMatchObject({
      name: 'ConfigError',
      problems: [{ field: '', expected }],
    });
  });

  test('heads that do not divide the hidden size, and a missing file', async () => {
    const made = write((name) => name, { num_attention_heads: 5 });
    await expect(loadBert(made)).rejects.toMatchObject({ problems: [{ field: 'hidden_size', got: '32' }] });
    await expect(loadBert(join(work, 'nowhere'))).rejects.toMatchObject({ name: 'ConfigError' });
  });
});

test('a new model has BERT initial weights', () => {
  using fresh = new Bert({ ...model.config, initializerRange: 0.02 });
  const { word_embeddings, LayerNorm } = fresh.embeddings;
  scope(() => {
    expect(Number(word_embeddings.weight.std().item())).toBeCloseTo(0.02, 2);
    expect(word_embeddings.weight.select(0, 0).toArray()).toEqual(new Array(32).fill(0));
    expect(LayerNorm.weight.toArray()).toEqual(new Array(32).fill(1));
    expect(fresh.encoder.layer[0]?.attention.self.query.bias?.toArray()).toEqual(new Array(32).fill(0));
  });
});

describe('a model that cannot be made leaves nothing behind', () => {
  const leaksNothing = async (make: () => unknown, message: RegExp) => {
    const before = memory().liveTensors;
    await expect((async () => make())()).rejects.toThrow(message);
    expect(memory().liveTensors).toBe(before);
  };
  test.each<[string, object, RegExp]>([
    ['an integer dtype', { dtype: 'int64' }, /^loadBert: .*'dtype'[\s\S]*got int64/],
    ['an unknown dtype', { dtype: 'float' }, /float/],
    ['an unknown device', { device: 'nowhere' }, /nowhere/],
    ['a misspelt option', { dtyp: 'float32' }, /^loadBert: there is no option 'dtyp'/],
    ['an option of the constructor', { pooler: false }, /^loadBert: there is no option 'pooler'/],
  ])('%s', (_, options, message) => leaksNothing(() => loadBert(folder, options), message));

  test('a late part fails, or the initialisation', async () => {
    const { config } = model;
    await leaksNothing(() => new Bert(config, { dtype: 'int64' }), /^Bert: .*floating-point/);
    await leaksNothing(() => new Bert({ ...config, intermediateSize: 0 }), /outFeatures/);
    await leaksNothing(() => new Bert({ ...config, initializerRange: -1 }), /std/);
  });
});
