import '@ragwright/torch/vitest';
import { backward, noGrad, scope } from '@ragwright/torch';
import { pack } from '@ragwright/torch/nn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import { EmbeddingModel } from './embeddingModel.ts';
import { cases, difference, goldenModel, temporaryFolder, variant } from './golden.fixture.ts';
import { Normalize } from './heads.ts';
import { loadEmbeddingModel } from './load.ts';

let model: EmbeddingModel;
beforeAll(async () => {
  model = await loadEmbeddingModel(goldenModel);
});
afterAll(() => model.dispose());

/** Transformer and Pooling alone. */
const bare = (pooling: object) => ({
  'modules.json': [
    { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
    { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
  ],
  '1_Pooling/config.json': { embedding_dimension: 16, ...pooling },
});

describe("vectors equal sentence-transformers'", () => {
  test.each(cases.pooling)('pooling $modes', async ({ modes, vectors }) => {
    using folder = temporaryFolder();
    using other = await loadEmbeddingModel(variant(folder.path, bare({ pooling_mode: modes })));
    expect(difference(await other.encode(cases.texts, { prompt: '' }), vectors)).toBeLessThan(1e-5);
  });

  test.each(cases.prompts)('$mode without the prompt', async ({ mode, vectors }) => {
    using folder = temporaryFolder();
    const files = bare({ pooling_mode: mode, include_prompt: false });
    using other = await loadEmbeddingModel(variant(folder.path, files));
    expect(difference(await other.encode(cases.texts, { role: 'query' }), vectors)).toBeLessThan(1e-5);
    const included = await other.encode(cases.texts, { prompt: '' });
    expect(difference(included, vectors)).toBeGreaterThan(1e-2);
  });

  test('dense head, normalisation and prompts by role', async () => {
    expect(model.dimensions).toBe(8);
    expect(difference(await model.encode(cases.texts, { role: 'query' }), cases.query)).toBeLessThan(1e-5);
    expect(difference(await model.encode(cases.texts, { role: 'document' }), cases.document)).toBeLessThan(
      1e-5,
    );
    expect(difference(await model.encode(cases.texts), cases.default)).toBeLessThan(1e-5);
    expect(difference(cases.query as never, cases.document)).toBeGreaterThan(1e-2);
  });

  test('in passes of any size', async () => {
    for (const batchTokens of [1, 20, 50, 10_000]) {
      const vectors = await model.encode(cases.texts, { batchTokens });
      expect(difference(vectors, cases.default)).toBeLessThan(1e-5);
    }
  });

  test('bfloat16 comes close', async () => {
    const vectors = await model.encode(cases.texts, { precision: 'bfloat16' });
    const worst = difference(vectors, cases.default);
    expect(worst).toBeLessThan(0.1);
    expect(worst).toBeGreaterThan(0);
  });
});

describe('encode', () => {
  test('equal texts are equal, each with memory of its own', async () => {
    const [a, b, c] = await model.encode(['same', 'other', 'same']);
    expect(a).toEqual(c);
    expect(a).not.toEqual(b);
    expect(a?.buffer).not.toBe(c?.buffer);
    expect(await model.encode([])).toEqual([]);
  });

  test('reports progress, and yields to the event loop', async () => {
    const seen: [number, number][] = [];
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await model.encode([...cases.texts, cases.texts[0] as string], {
      batchTokens: 1,
      onProgress: (done, total) => seen.push([done, total]),
    });
    clearInterval(timer);
    expect(seen.map(([done]) => done)).toEqual([...seen.map(([done]) => done)].sort((a, b) => a - b));
    expect(seen.at(-1)).toEqual([7, 7]);
    expect(turns).toBeGreaterThan(0);
  });

  test('stops when it is aborted', async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error('enough'));
    const options = { batchTokens: 1, signal: controller.signal, onProgress };
    await expect(model.encode(cases.texts, options)).rejects.toThrow('enough');
    await expect(model.encode(cases.texts, { signal: controller.signal })).rejects.toThrow('enough');
  });

  test('leaves a model in training as it was, and no tensors behind', async () => {
    model.train();
    const dropout = model.modules().find((module) => 'p' in module);
    if (dropout) dropout.training = false;
    const vectors = await model.encode(cases.texts);
    expect(model.training && model.encoder.training).toBe(true);
    expect(dropout?.training).not.toBe(true);
    model.eval();
    expect(difference(vectors, cases.default)).toBeLessThan(1e-5);
    await expect(async () => void (await model.encode(cases.texts))).toLeakNothing();
  });

  test('an unknown prompt name is a typed error', async () => {
    await expect(model.encode(['x'], { promptName: 'nope' })).rejects.toThrow(ConfigError);
    await expect(model.encode(['x'], { promptName: 'toString' })).rejects.toThrow(
      /one of the model's prompts/,
    );
  });

  test('texts without a single token have a vector of zeros', async () => {
    const tokenizer = Object.assign(Object.create(model.tokenizer), {
      encodeMany: async (texts: string[]) => texts.map(() => ({ ids: new Int32Array() })),
    });
    const { encoder, heads, settings } = model;
    const silent = new EmbeddingModel({ encoder, heads, settings, tokenizer });
    expect(await silent.encode(['a', 'b'])).toEqual([new Float32Array(8), new Float32Array(8)]);
  });
});

describe('forward', () => {
  test('is differentiable down to the embeddings, dense head included', async () => {
    const { sequences } = await model.tokenize(cases.texts);
    using batch = pack(sequences);
    scope(() => backward(model.forward(batch).square().sum().mul(3).add(model.forward(batch).sum())));
    const without = model.namedParameters().filter(([name, { grad }]) => !grad && !name.includes('pooler'));
    expect(without.map(([name]) => name)).toEqual([]);
    model.zeroGrad();
  });

  test('leaks nothing', async () => {
    const { sequences } = await model.tokenize(cases.texts);
    expect(() => {
      using batch = pack(sequences);
      scope(() => void noGrad(() => model.forward(batch, [1, 2, 3, 1, 2, 99])));
    }).toLeakNothing();
  });
});

describe('fingerprint', () => {
  test('changes with weights, prompts and lengths, and with nothing else', async () => {
    using again = await loadEmbeddingModel(goldenModel);
    expect(again.fingerprint()).toBe(model.fingerprint());
    using shorter = await loadEmbeddingModel(goldenModel, { settings: { maxSeqLength: 5 } });
    expect(shorter.fingerprint()).not.toBe(model.fingerprint());
    const [weight] = again.parameters();
    noGrad(() => scope(() => void weight?.select(0, 1).add_(1e-3)));
    expect(again.fingerprint()).not.toBe(model.fingerprint());
  });

  test("is part of the embedder, which has knowledge's form", async () => {
    const embedder = model.embedder({ batchTokens: 64 });
    expect(embedder.fingerprint).toBe(model.fingerprint());
    expect(embedder.dimensions).toBe(8);
    expect(difference(await embedder.embedQueries(cases.texts), cases.query)).toBeLessThan(1e-5);
    expect(difference(await embedder.embedDocuments(cases.texts), cases.document)).toBeLessThan(1e-5);
  });
});

test('normalising zeros gives zeros', () => {
  scope(() => {
    const zero = new Normalize().forward(model.encoder.parameters()[0]?.detach().mul(0) as never);
    expect(Number(zero.abs().max().item())).toBe(0);
  });
});
