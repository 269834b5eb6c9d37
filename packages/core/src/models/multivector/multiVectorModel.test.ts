import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { noGrad, scope } from '@ragwright/torch';
import '@ragwright/torch/vitest';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import { temporaryFolder } from '../embedding/golden.fixture.ts';
import { cases, difference, goldenFolder, variant } from './golden.fixture.ts';
import { loadMultiVectorModel } from './load.ts';
import { MultiVectorModel } from './multiVectorModel.ts';
import type { MultiVector } from './types.ts';

const model = await loadMultiVectorModel(goldenFolder('bert'));
const [golden] = cases.models as [(typeof cases.models)[0]];
afterAll(() => model.dispose());

const query = { role: 'query' } as const;
const document = { role: 'document' } as const;

describe.each(cases.models)('$name, as sentence-transformers', ({ name, queries, documents }) => {
  test('vectors of queries and documents', async () => {
    using loaded = await loadMultiVectorModel(goldenFolder(name));
    expect(loaded.training).toBe(false);
    expect(difference(await loaded.encode(cases.queries, query), queries)).toBeLessThan(1e-5);
    expect(difference(await loaded.encode(cases.documents, document), documents)).toBeLessThan(1e-5);
    expect(difference(await loaded.encode(cases.documents), documents)).toBeLessThan(1e-5);
  });

  test('saved and loaded again it is the same', async () => {
    using folder = temporaryFolder();
    const saved = join(folder.path, 'saved');
    using loaded = await loadMultiVectorModel(goldenFolder(name));
    await loaded.save(saved, { readme: '# Card\n' });
    using again = await loadMultiVectorModel(saved);
    expect(again.settings).toEqual(loaded.settings);
    expect(again.fingerprint()).toBe(loaded.fingerprint());
    expect(difference(await again.encode(cases.queries, query), queries)).toBeLessThan(1e-5);
    expect(difference(await again.encode(cases.documents), documents)).toBeLessThan(1e-5);
    const kinds = [goldenFolder(name), saved].map((each) =>
      JSON.parse(readFileSync(join(each, 'modules.json'), 'utf8')).map(({ type }: { type: string }) => type),
    );
    expect(kinds[1]).toEqual(kinds[0]);
  });
});

describe('loading', () => {
  test('what the folder says', () => {
    expect(model.settings).toEqual({
      queryLength: 32,
      documentLength: 30,
      queryExpansion: { strategy: 'fixed', length: 12, attend: false, token: null },
      skiplist: ['.', ',', '%', 'nosuchword'],
      skiplistRoles: ['document'],
      prompts: { query: 'question: ', document: 'answer: ' },
      defaultPromptName: null,
      similarity: 'maxsim',
      lowercase: false,
    });
    expect(model.dimensions).toBe(4);
    expect(model.notices).toEqual(['not skipped, as they are no single token: nosuchword']);
  });

  const modules = (...types: string[]) => ({
    'modules.json': types.map((type, idx) => ({
      idx,
      path: idx === 0 ? '' : `${idx}_${type}`,
      type: `x.${type}`,
    })),
  });
  const expansion = { strategy: 'fixed', length: 12 };
  test.each([
    ['no modules', { 'modules.json': undefined }, /got no modules.json/],
    ['pooling', modules('Transformer', 'Pooling', 'Normalize'), /a MultiVectorMask and a Normalize/],
    ['no normalisation', modules('Transformer', 'Dense', 'MultiVectorMask'), /and a Normalize/],
    [
      'pooled vectors normalised',
      { '3_Normalize/config.json': { module_input_name: 'sentence_embedding' } },
      /module_input/,
    ],
    [
      'an allow-list',
      { '2_MultiVectorMask/config.json': { keep_only_token_ids: [1] } },
      /keep_only_token_ids/,
    ],
    [
      'expansion without a length',
      { 'sentence_bert_config.json': { query_expansion: { strategy: 'fixed' } } },
      /length/,
    ],
    [
      'expansion by a token that is not there',
      { 'sentence_bert_config.json': { query_expansion: { ...expansion, token: 'nosuchword' } } },
      /queryExpansion.token: expected a token of the vocabulary, got nosuchword/,
    ],
    [
      'another kind of model',
      { 'config_sentence_transformers.json': { model_type: 'SparseEncoder' } },
      /model_type/,
    ],
  ])('%s is a typed error', async (_, files, message) => {
    using folder = temporaryFolder();
    const broken = variant(folder.path, files);
    await expect(loadMultiVectorModel(broken)).rejects.toThrow(ConfigError);
    await expect(loadMultiVectorModel(broken)).rejects.toThrow(message);
  });
});

describe('encode', () => {
  test('is the same in passes of any size, and close in bfloat16', async () => {
    for (const batchTokens of [1, 40])
      expect(
        difference(await model.encode(cases.queries, { ...query, batchTokens }), golden.queries),
      ).toBeLessThan(1e-5);
    const half = await model.encode(cases.documents, { precision: 'bfloat16' });
    expect(difference(half, golden.documents)).toBeLessThan(0.1);
    expect(difference(half, golden.documents)).toBeGreaterThan(0);
  });

  test('gives unit vectors, equal texts memory of their own', async () => {
    const [a, b] = (await model.encode(['same', 'same'])) as [MultiVector, MultiVector];
    expect(a).toEqual(b);
    expect(a.data.buffer).not.toBe(b.data.buffer);
    for (let at = 0; at < a.data.length; at += 4)
      expect(Math.hypot(...a.data.slice(at, at + 4))).toBeCloseTo(1, 5);
    expect(await model.encode([])).toEqual([]);
  });

  test("the embedder has knowledge's form", async () => {
    const embedder = model.embedder({ batchTokens: 50 });
    expect([embedder.dimensions, embedder.fingerprint]).toEqual([4, model.fingerprint()]);
    expect(difference(await embedder.embedQueries(cases.queries), golden.queries)).toBeLessThan(1e-5);
    expect(difference(await embedder.embedDocuments(cases.documents), golden.documents)).toBeLessThan(1e-5);
  });

  test('MaxSim of its vectors is the golden score', async () => {
    const [queries, documents] = await Promise.all([
      model.encode(cases.queries, query),
      model.encode(cases.documents),
    ]);
    const rows = ({ data, dimensions }: MultiVector) =>
      Array.from({ length: data.length / dimensions }, (_, i) =>
        data.slice(i * dimensions, (i + 1) * dimensions),
      );
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
    for (const [i, q] of queries.entries()) {
      for (const [j, d] of documents.entries()) {
        const score = rows(q).reduce((sum, x) => sum + Math.max(...rows(d).map((y) => dot(x, y))), 0);
        expect(score).toBeCloseTo(golden.scores[i]?.[j] as number, 4);
      }
    }
  });

  test('an expanded query that holds the mask itself', async () => {
    const { sequences } = await model.tokenize(['hypertension [MASK]'], query);
    const mask = model.tokenizer.specialTokens['[MASK]'];
    expect(sequences[0]?.length).toBe(12);
    expect(sequences[0]?.at(-1)).toBe(mask);
    expect([...(sequences[0] ?? [])].indexOf(mask as number)).toBeLessThan(
      sequences[0]?.indexOf(3) as number,
    );
  });

  test('leaves a model in training as it was, and nothing behind', async () => {
    model.train();
    await expect(async () => void (await model.encode(cases.queries, query))).toLeakNothing();
    expect(model.training && model.encoder.training).toBe(true);
    model.eval();
  });
});

describe('forward', () => {
  test('queries and documents together, differentiable down to the embeddings', async () => {
    const [queries, documents] = [
      await model.tokenize(cases.queries, query),
      await model.tokenize(cases.documents, document),
    ];
    const sequences = [...queries.sequences, ...documents.sequences];
    const roles = [
      ...cases.queries.map(() => 'query' as const),
      ...cases.documents.map(() => 'document' as const),
    ];
    scope(() => {
      const { vectors, lengths } = model.forward({ sequences, roles });
      expect(lengths).toEqual([...golden.queries, ...golden.documents].map((each) => each.length));
      const wanted = [...golden.queries, ...golden.documents].flat(2);
      const got = Array.from(vectors.detach().data(), Number);
      expect(Math.max(...got.map((x, i) => Math.abs(x - (wanted[i] as number))))).toBeLessThan(1e-5);
      vectors.select(1, 0).sum().backward();
    });
    const without = model.namedParameters().filter(([name, { grad }]) => !grad && !name.includes('pooler'));
    expect(without.map(([name]) => name)).toEqual([]);
    model.zeroGrad();
    expect(() => scope(() => void noGrad(() => model.forward({ sequences, roles })))).toLeakNothing();
  });

  test('the fingerprint changes with weights, lengths and the skiplist', async () => {
    using again = await loadMultiVectorModel(goldenFolder('bert'));
    expect(again.fingerprint()).toBe(model.fingerprint());
    const { encoder, tokenizer, dense, settings } = again;
    const other = (change: object) =>
      new MultiVectorModel({ encoder, tokenizer, dense, settings: { ...settings, ...change } }).fingerprint();
    const prints = [{}, { documentLength: 9 }, { skiplist: [] }, { queryExpansion: null }].map(other);
    expect(new Set(prints).size).toBe(4);
    noGrad(() => scope(() => void again.parameters()[0]?.select(0, 1).add_(1e-3)));
    expect(again.fingerprint()).not.toBe(model.fingerprint());
  });
});
