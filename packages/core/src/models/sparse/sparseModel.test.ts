import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { amax, backward, log1p, manualSeed, noGrad, randn, relu, scope, stack } from '@ragwright/torch';
import { pack } from '@ragwright/torch/nn';
import '@ragwright/torch/vitest';
import { openShardedSafetensors } from '@ragwright/torch/safetensors';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import { temporaryFolder } from '../embedding/golden.fixture.ts';
import { loadEncoder, newEncoder } from '../loadEncoder.ts';
import { cases, difference, goldenFolder, variant } from './golden.fixture.ts';
import { loadSparseModel } from './load.ts';
import { SparseEmbeddingModel } from './sparseModel.ts';
import { spladePool } from './spladePool.ts';

const model = await loadSparseModel(goldenFolder('bert'));
afterAll(() => model.dispose());

describe.each(cases.models)('$name, as sentence-transformers', (golden) => {
  test(`${golden.pooling} of ${golden.activation}`, async () => {
    using loaded = await loadSparseModel(goldenFolder(golden.name));
    expect(loaded.settings).toMatchObject({ pooling: golden.pooling, activation: golden.activation });
    expect(loaded.settings.maxSeqLength).toBe(32);
    expect(difference(await loaded.encode(cases.texts), golden.vectors)).toBeLessThan(1e-5);
    expect(difference(await loaded.encode(cases.texts, { role: 'query' }), golden.query)).toBeLessThan(1e-5);
    const best = await loaded.encode(cases.texts, { maxActiveDims: 5 });
    expect(difference(best, golden.top5)).toBeLessThan(1e-5);
    expect(best.map(({ indices }) => indices.length)).toEqual(golden.top5.map((row) => row.length));
    const zeros = golden.vectors.map(() => []);
    expect(difference(await loaded.encode(cases.texts), zeros)).toBeGreaterThan(0.1);
  });

  test('saved and loaded again it is the same', async () => {
    using folder = temporaryFolder();
    const saved = join(folder.path, 'saved');
    using loaded = await loadSparseModel(goldenFolder(golden.name));
    await loaded.save(saved);
    using again = await loadSparseModel(saved);
    expect(again.fingerprint()).toBe(loaded.fingerprint());
    expect(difference(await again.encode(cases.texts), golden.vectors)).toBeLessThan(1e-5);
    using before = openShardedSafetensors(goldenFolder(golden.name));
    using after = openShardedSafetensors(saved);
    expect([...after.names].sort()).toEqual([...before.names].sort());
    const configs = [goldenFolder(golden.name), saved].map((each) =>
      JSON.parse(readFileSync(join(each, 'config.json'), 'utf8')),
    );
    expect(configs[1].architectures).toEqual(configs[0].architectures);
    expect(readFileSync(join(saved, 'config.json'), 'utf8')).not.toMatch(/cutoff_factor": 2,?$/m); // 2.0 stays 2.0
    using encoder = await loadEncoder(saved); // the bare encoder is in it
    expect(encoder.config.vocabSize).toBe(loaded.vocabSize);
  });
});

describe('loading', () => {
  const modules = (...types: string[]) => ({
    'modules.json': types.map((type, idx) => ({
      idx,
      path: idx === 0 ? '' : `${idx}_${type}`,
      type: `x.${type}`,
    })),
  });

  test('the layout of version 5, with its own lengths', async () => {
    using folder = temporaryFolder();
    const old = variant(folder.path, {
      ...modules('MLMTransformer', 'SpladePooling'),
      'sentence_bert_config.json': { max_seq_length: 9, do_lower_case: false },
      '1_SpladePooling/config.json': { pooling_strategy: 'sum', word_embedding_dimension: 603 },
    });
    using loaded = await loadSparseModel(old);
    expect(loaded.settings).toMatchObject({ pooling: 'sum', activation: 'relu', maxSeqLength: 9 });
  });

  test('a plain masked language model is pooled by the maximum', async () => {
    using folder = temporaryFolder();
    const plain = variant(folder.path, {
      'modules.json': undefined,
      '1_SpladePooling': undefined,
      'config_sentence_transformers.json': undefined,
    });
    using loaded = await loadSparseModel(plain);
    expect(difference(await loaded.encode(cases.texts), cases.models[0]?.vectors ?? [])).toBeLessThan(1e-5);
  });

  const config = JSON.parse(readFileSync(join(goldenFolder('bert'), 'config.json'), 'utf8'));
  test.each([
    [
      'a module that we lack',
      modules('Transformer', 'SpladePooling', 'Dense'),
      /SpladePooling, got Transformer, Spl/,
    ],
    ['mean pooling', modules('Transformer', 'Pooling'), /then a SpladePooling/],
    [
      'an unknown pooling',
      { '1_SpladePooling/config.json': { pooling_strategy: 'mean' } },
      /pooling_strategy/,
    ],
    [
      'another kind of model',
      { 'config_sentence_transformers.json': { model_type: 'SentenceTransformer' } },
      /model_type/,
    ],
    ['an untied head', { 'config.json': { ...config, tie_word_embeddings: false } }, /tie_word_embeddings/],
  ])('%s is a typed error', async (_, files, message) => {
    using folder = temporaryFolder();
    const broken = variant(folder.path, files);
    await expect(loadSparseModel(broken)).rejects.toThrow(ConfigError);
    await expect(loadSparseModel(broken)).rejects.toThrow(message);
  });

  test('an encoder without a head is a typed error that names what is missing', async () => {
    const bare = new URL('../../../golden/embedding/model', import.meta.url).pathname;
    using folder = temporaryFolder();
    const weights = readFileSync(join(bare, 'model.safetensors'));
    const copy = variant(folder.path, {
      'config.json': JSON.parse(readFileSync(join(bare, 'config.json'), 'utf8')),
    });
    const { writeFileSync } = await import('node:fs');
    writeFileSync(join(copy, 'model.safetensors'), weights);
    await expect(loadSparseModel(copy)).rejects.toThrow(/dense\.weight/);
  });
});

describe('encode', () => {
  test('gives ascending indices and weights above 0, equal texts memory of their own', async () => {
    const [a, b] = await model.encode(['hypertension', 'hypertension']);
    expect(a).toEqual(b);
    expect(a?.values.buffer).not.toBe(b?.values.buffer);
    expect([...(a?.indices ?? [])]).toEqual([...(a?.indices ?? [])].sort((x, y) => x - y));
    expect(a?.values.every((x) => x > 0)).toBe(true);
    expect(await model.encode([])).toEqual([]);
  });

  test('is the same in passes of any size, and close in bfloat16', async () => {
    const { vectors } = cases.models[0] as (typeof cases.models)[0];
    for (const batchTokens of [1, 40])
      expect(difference(await model.encode(cases.texts, { batchTokens }), vectors)).toBeLessThan(1e-5);
    const half = difference(await model.encode(cases.texts, { precision: 'bfloat16' }), vectors);
    expect(half).toBeGreaterThan(0);
    expect(half).toBeLessThan(0.2);
  });

  test('a maxActiveDims that is no number is a typed error', async () => {
    await expect(model.encode(['x'], { maxActiveDims: 0 })).rejects.toThrow(ConfigError);
    await expect(model.encode(['x'], { maxActiveDims: 2.5 })).rejects.toThrow(/whole number above 0/);
  });

  test("the embedder has knowledge's form, its limits are in the fingerprint", async () => {
    const embedder = model.embedder({ maxActiveDims: { query: 5 } });
    const golden = cases.models[0] as (typeof cases.models)[0];
    expect(embedder.vocabSize).toBe(603);
    expect(embedder.fingerprint).not.toBe(model.embedder().fingerprint);
    expect((await embedder.embedQueries(cases.texts)).every(({ values }) => values.length <= 5)).toBe(true);
    expect(difference(await embedder.embedDocuments(cases.texts), golden.vectors)).toBeLessThan(1e-5);
  });

  test('leaves a model in training as it was, and nothing behind', async () => {
    model.train();
    await expect(async () => void (await model.encode(cases.texts))).toLeakNothing();
    expect(model.training && model.encoder.training).toBe(true);
    model.eval();
  });
});

describe('forward', () => {
  test('is differentiable down to the word embeddings and the head', async () => {
    const { sequences } = await model.tokenize(cases.texts);
    using batch = pack(sequences);
    scope(() => backward(model.forward(batch).square().sum()));
    const without = model.namedParameters().filter(([, { grad }]) => !grad);
    expect(without.map(([name]) => name)).toEqual([]);
    model.zeroGrad();
  });

  test('leaks nothing', async () => {
    const { sequences } = await model.tokenize(cases.texts);
    expect(() => {
      using batch = pack(sequences);
      scope(() => void noGrad(() => model.forward(batch)));
    }).toLeakNothing();
  });

  test('a model with a new head, from a new encoder', () => {
    manualSeed(1);
    const json = { model_type: 'distilbert', vocab_size: 20, dim: 8, n_layers: 1, n_heads: 2, hidden_dim: 8 };
    const { tokenizer, settings } = model;
    const fresh = new SparseEmbeddingModel({ encoder: newEncoder(json), tokenizer, settings });
    using batch = pack([[1, 2, 3], [4]]);
    scope(() => expect(fresh.forward(batch).shape).toEqual([2, 20]));
    for (const tensor of fresh.parameters()) tensor.dispose();
  });
});

describe('pooling', () => {
  const lengths = [1, 300, 2, 250, 5, 1];
  const total = lengths.reduce((sum, length) => sum + length, 0);

  test.each([
    ['max', 'relu'],
    ['sum', 'relu'],
    ['max', 'log1p_relu'],
    ['sum', 'log1p_relu'],
  ] as const)('%s of %s in pieces is the formula on the whole, gradients too', (pooling, activation) => {
    manualSeed(2);
    scope(() => {
      const x = randn([total, 4], { dtype: 'float64' }).requiresGrad_();
      const y = x.detach().clone().requiresGrad_();
      const pieces: number[] = [];
      const seen = (rows: typeof x) => {
        pieces.push(rows.shape[0] as number);
        return rows.mul(3);
      };
      const actual = spladePool(x, lengths, seen, { pooling, activation });
      expect(pieces).toEqual([1, 300, 252, 6]);
      const rows = y
        .mul(3)
        .splitWithSizes(lengths, 0)
        .map((each) => {
          const once = log1p(relu(each));
          const weights = activation === 'relu' ? once : log1p(once);
          return pooling === 'max' ? amax(weights, [0]) : weights.sum([0]);
        });
      const expected = stack(rows, 0);
      expect(Number(actual.sub(expected).abs().max().item())).toBeLessThan(1e-12);
      const weights = randn([lengths.length, 4], { dtype: 'float64' });
      actual.mul(weights).sum().backward();
      expected.mul(weights).sum().backward();
      expect(
        Number(
          x.grad
            ?.sub(y.grad as never)
            .abs()
            .max()
            .item(),
        ),
      ).toBeLessThan(1e-12);
    });
  });

  test('a text whose logits are all below 0 has the vector 0, and no gradient', () => {
    scope(() => {
      const x = randn([3, 4]).abs().neg().requiresGrad_();
      const pooled = spladePool(x, [2, 1], (rows) => rows.mul(1), { pooling: 'max', activation: 'relu' });
      expect(Number(pooled.abs().sum().item())).toBe(0);
      pooled.sum().backward();
      expect(Number(x.grad?.abs().sum().item())).toBe(0);
    });
  });
});
