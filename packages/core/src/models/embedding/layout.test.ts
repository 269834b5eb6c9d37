import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { manualSeed } from '@ragwright/torch';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import { tokenizerFromJson, trainWordPiece } from '../../text/index.ts';
import { newEncoder } from '../loadEncoder.ts';
import { EmbeddingModel } from './embeddingModel.ts';
import { cases, difference, goldenModel, temporaryFolder, variant } from './golden.fixture.ts';
import { Dense, Normalize } from './heads.ts';
import { loadEmbeddingModel } from './load.ts';

const json = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));

describe('loading', () => {
  test('the layout of sentence-transformers 6', async () => {
    using model = await loadEmbeddingModel(goldenModel);
    expect(model.notices).toEqual([]);
    expect(model.training).toBe(false);
    expect(model.settings).toEqual({
      pooling: { modes: ['mean'], includePrompt: true },
      maxSeqLength: 32,
      prompts: { query: 'question: ', document: '', other: 'tell me about the ' },
      defaultPromptName: 'other',
      similarity: 'dot',
      truncateDimensions: null,
      lowercase: false,
    });
  });

  test('the layout before that', async () => {
    using folder = temporaryFolder();
    const old = variant(folder.path, {
      'modules.json': ['Transformer', 'Pooling', 'Dense', 'Normalize'].map((name, idx) => ({
        idx,
        name: String(idx),
        path: idx === 0 ? '' : `${idx}_${name}`,
        type: `sentence_transformers.models.${name}`,
      })),
      'sentence_bert_config.json': { max_seq_length: 20, do_lower_case: false },
      'config_sentence_transformers.json': { __version__: { sentence_transformers: '2.0.0' } },
      '1_Pooling/config.json': {
        word_embedding_dimension: 16,
        pooling_mode_cls_token: false,
        pooling_mode_mean_tokens: true,
        pooling_mode_max_tokens: true,
        pooling_mode_mean_sqrt_len_tokens: false,
      },
      '3_Normalize': undefined,
      '2_Dense/config.json': {
        in_features: 16,
        out_features: 8,
        bias: true,
        activation_function: 'torch.nn.modules.linear.Identity',
      },
    });
    using model = await loadEmbeddingModel(old);
    expect(model.settings).toMatchObject({
      pooling: { modes: ['max', 'mean'], includePrompt: true },
      maxSeqLength: 20,
      prompts: {},
      defaultPromptName: null,
      similarity: 'cosine',
    });
    expect(model.heads[0]).toMatchObject({ settings: { activation: 'linear', outFeatures: 8 } });
  });

  test('a plain encoder is pooled by the mean, with a notice', async () => {
    using folder = temporaryFolder();
    const plain = variant(folder.path, {
      'modules.json': undefined,
      '1_Pooling': undefined,
      'config_sentence_transformers.json': undefined,
    });
    using model = await loadEmbeddingModel(plain);
    expect(model.notices.join()).toMatch(/no modules.json.*mean pooling/);
    const mean = cases.pooling.find(({ modes }) => modes === 'mean');
    expect(difference(await model.encode(cases.texts), mean?.vectors ?? [])).toBeLessThan(1e-5);
  });

  test('lower-cases if the folder says so, and cuts the vectors', async () => {
    using folder = temporaryFolder();
    const cased = json(goldenModel, 'tokenizer.json');
    const other = variant(folder.path, {
      'sentence_bert_config.json': { max_seq_length: 32, do_lower_case: true },
      'tokenizer.json': { ...cased, normalizer: { ...cased.normalizer, lowercase: false } },
      'config_sentence_transformers.json': { truncate_dim: 3 },
    });
    using model = await loadEmbeddingModel(other);
    const [upper, lower] = await model.encode(['The PATIENT', 'the patient']);
    expect(upper).toEqual(lower);
    expect([upper?.length, model.dimensions, model.embeddingSize]).toEqual([3, 3, 8]);
  });

  test.each([
    [
      'a module that we lack',
      {
        'modules.json': [
          { type: 'x.Transformer' },
          { type: 'x.Pooling', path: '1_Pooling' },
          { type: 'x.LSTM' },
        ],
      },
      /2\.type: expected Dense or Normalize, got LSTM/,
    ],
    [
      'no pooling',
      { 'modules.json': [{ type: 'x.Transformer' }, { type: 'x.Normalize' }] },
      /a Transformer, then a Pooling/,
    ],
    ['an unknown pooling', { '1_Pooling/config.json': { pooling_mode: 'median' } }, /pooling_mode/],
    [
      'two problems at once',
      { 'sentence_bert_config.json': { max_seq_length: -1, do_lower_case: 'yes' } },
      /max_seq_length[\s\S]*do_lower_case/,
    ],
    [
      'a prompt that is not there',
      { 'config_sentence_transformers.json': { default_prompt_name: 'q' } },
      /default_prompt_name/,
    ],
    [
      'an unknown activation',
      { '2_Dense/config.json': { in_features: 16, out_features: 8, activation_function: 'my.Swoosh' } },
      /activation_function.*my.Swoosh/,
    ],
  ])('%s is a typed error', async (_, files, message) => {
    using folder = temporaryFolder();
    const broken = variant(folder.path, files);
    await expect(loadEmbeddingModel(broken)).rejects.toThrow(ConfigError);
    await expect(loadEmbeddingModel(broken)).rejects.toThrow(message);
  });

  test('weights as a pickle alone are refused', async () => {
    using folder = temporaryFolder();
    const pickled = variant(folder.path, { 'model.safetensors': undefined });
    writeFileSync(join(pickled, 'pytorch_model.bin'), 'a pickle');
    await expect(loadEmbeddingModel(pickled)).rejects.toThrow(/a pickle, which is not read/);
    rmSync(join(pickled, 'pytorch_model.bin'));
    await expect(loadEmbeddingModel(pickled)).rejects.toThrow(/got no weights/);
  });
});

describe('saving', () => {
  test('gives back the same model', async () => {
    using folder = temporaryFolder();
    const saved = join(folder.path, 'saved');
    using model = await loadEmbeddingModel(goldenModel);
    await model.save(saved, { readme: '# Card\n' });
    expect(readFileSync(join(saved, 'README.md'), 'utf8')).toBe('# Card\n');
    expect(json(saved, 'tokenizer.json')).toEqual(json(goldenModel, 'tokenizer.json'));
    using again = await loadEmbeddingModel(saved);
    expect(again.settings).toEqual(model.settings);
    expect(await again.encode(cases.texts)).toEqual(await model.encode(cases.texts));
    expect(again.fingerprint()).toBe(model.fingerprint());
    expect(readdirSync(folder.path)).toEqual(['saved']);
  });

  test("writes what sentence-transformers' and text-embeddings-inference's parsers demand", async () => {
    using folder = temporaryFolder();
    using model = await loadEmbeddingModel(goldenModel);
    await model.save(folder.path);
    // text-embeddings-inference: these two are not optional in its structs
    expect(json(folder.path, '1_Pooling/config.json')).toEqual({
      // sentence-transformers 6
      embedding_dimension: 16,
      pooling_mode: 'mean',
      include_prompt: true,
      // before 6, and text-embeddings-inference, which needs at least the first two flags
      word_embedding_dimension: 16,
      pooling_mode_cls_token: false,
      pooling_mode_mean_tokens: true,
      pooling_mode_max_tokens: false,
      pooling_mode_mean_sqrt_len_tokens: false,
      pooling_mode_weightedmean_tokens: false,
      pooling_mode_lasttoken: false,
    });
    expect(json(folder.path, 'sentence_bert_config.json')).toEqual({
      max_seq_length: 32,
      do_lower_case: false,
    });
    expect(json(folder.path, 'modules.json')).toEqual([
      { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
      { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
      { idx: 2, name: '2', path: '2_Dense', type: 'sentence_transformers.models.Dense' },
      { idx: 3, name: '3', path: '3_Normalize', type: 'sentence_transformers.models.Normalize' },
    ]);
    expect(json(folder.path, '2_Dense/config.json')).toMatchObject({
      in_features: 16,
      out_features: 8,
      bias: true,
      activation_function: 'torch.nn.modules.activation.Tanh',
    });
    expect(json(folder.path, 'config_sentence_transformers.json')).toEqual({
      model_type: 'SentenceTransformer',
      prompts: { query: 'question: ', document: '', other: 'tell me about the ' },
      default_prompt_name: 'other',
      similarity_fn_name: 'dot',
    });
    expect(json(folder.path, 'config.json')).toMatchObject({
      model_type: 'bert',
      architectures: ['BertModel'],
    });
    for (const name of [
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
      '2_Dense/model.safetensors',
    ]) {
      expect(existsSync(join(folder.path, name)), name).toBe(true);
    }
  });

  test('a model made from scratch, tokenizer included', async () => {
    using folder = temporaryFolder();
    const saved = join(folder.path, 'new');
    manualSeed(3);
    const tokenizer = tokenizerFromJson(
      await trainWordPiece(['a small text about small things'], { vocabSize: 60 }),
    );
    const encoder = newEncoder({
      model_type: 'bert',
      vocab_size: tokenizer.vocabSize,
      hidden_size: 8,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      intermediate_size: 16,
      max_position_embeddings: 12,
    });
    const heads = [
      new Dense({ inFeatures: 16, outFeatures: 4, bias: false, activation: 'gelu' }),
      new Normalize(),
    ];
    const pooling = { modes: ['lasttoken', 'mean'] as const, includePrompt: false };
    const settings = {
      pooling,
      maxSeqLength: 12,
      prompts: { query: 'small ' },
      defaultPromptName: null,
      similarity: 'cosine' as const,
      truncateDimensions: 3,
      lowercase: false,
    };
    using model = new EmbeddingModel({ encoder, tokenizer, heads, settings }).eval();
    await model.save(saved);
    using again = await loadEmbeddingModel(saved);
    expect(again.settings).toEqual(settings);
    expect(again.fingerprint()).toBe(model.fingerprint());
    const texts = ['small things', 'a text', ''];
    expect(await again.encode(texts, { role: 'query' })).toEqual(
      await model.encode(texts, { role: 'query' }),
    );
    await expect(again.encode(['x'])).resolves.toMatchObject([{ length: 3 }]);
    expect(json(saved, 'tokenizer_config.json')).toMatchObject({ model_max_length: 12, cls_token: '[CLS]' });
  });

  test('replaces a model, and leaves the old one if it fails', async () => {
    using folder = temporaryFolder();
    const place = join(folder.path, 'model');
    using model = await loadEmbeddingModel(goldenModel);
    await model.save(place);
    writeFileSync(join(place, 'stale.txt'), 'old');
    const { encoder, tokenizer, settings } = model;
    const heads = [new Dense({ inFeatures: 16, outFeatures: 2, bias: true, activation: 'gelu_new' })];
    const unsavable = new EmbeddingModel({ encoder, tokenizer, settings, heads });
    await expect(unsavable.save(place)).rejects.toThrow(
      /activation: expected one that PyTorch has a class for/,
    );
    expect(existsSync(join(place, 'stale.txt'))).toBe(true);
    await model.save(place);
    expect(existsSync(join(place, 'stale.txt'))).toBe(false);
    expect(readdirSync(folder.path)).toEqual(['model']);
    heads[0]?.dispose();
  });
});
