import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memory, scope } from '@ragwright/torch';
import { StateDictError } from '@ragwright/torch/nn';
import { openSafetensors } from '@ragwright/torch/safetensors';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import { difference, goldenModel } from '../embedding/golden.fixture.ts';
import { loadEmbeddingModel } from '../embedding/index.ts';
import { saveEncoder } from '../saveEncoder.ts';
import { crossEncoderFrom } from './create.ts';
import { cases, goldenCrossEncoder, goldenNames } from './golden.fixture.ts';
import { loadCrossEncoder } from './load.ts';

const { pairs } = cases;
const work = mkdtempSync(join(tmpdir(), 'ragwright-crossencoder-'));
afterAll(() => rmSync(work, { recursive: true }));

const json = (folder: string, name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>;

/** A copy of a golden model with fields of its JSON files changed (undefined takes one away), or files taken away. */
function variant(name: string, files: Readonly<Record<string, object | undefined>>): string {
  const folder = mkdtempSync(join(work, 'variant-'));
  cpSync(goldenCrossEncoder(name), folder, { recursive: true });
  for (const [file, changes] of Object.entries(files)) {
    if (changes === undefined) rmSync(join(folder, file));
    else writeFileSync(join(folder, file), JSON.stringify({ ...json(folder, file), ...changes }));
  }
  return folder;
}

/** As versions before 6 wrote it: config.json alone. */
const old = (changes: object) => ({
  'modules.json': undefined,
  'sentence_bert_config.json': undefined,
  'config_sentence_transformers.json': undefined,
  'config.json': changes,
});

describe.each(goldenNames)('%s is saved', (name) => {
  test('as sentence-transformers does, and loads again', async () => {
    using model = await loadCrossEncoder(goldenCrossEncoder(name));
    const folder = join(work, name);
    await model.save(folder);
    scope(() => {
      using got = openSafetensors(join(folder, 'model.safetensors'));
      using want = openSafetensors(join(goldenCrossEncoder(name), 'model.safetensors'));
      expect([...got.names].sort()).toEqual([...want.names].sort());
      for (const [key, tensor] of want.tensors()) expect(got.tensor(key).equal(tensor), key).toBe(true);
    });
    const { sentence_transformers: key, ...config } = json(folder, 'config.json');
    expect(config).toEqual({
      ...json(goldenCrossEncoder(name), 'config.json'),
      id2label: config['id2label'],
      label2id: config['label2id'],
    });
    const { __version__: _, ...layout } = json(goldenCrossEncoder(name), 'config_sentence_transformers.json');
    expect(json(folder, 'config_sentence_transformers.json')).toEqual(layout);
    expect((key as { activation_fn: string }).activation_fn).toBe(layout['activation_fn']);
    expect(json(folder, 'modules.json')).toEqual(json(goldenCrossEncoder(name), 'modules.json'));
    using again = await loadCrossEncoder(folder);
    expect(again.settings).toEqual(model.settings);
    expect(await again.predict(pairs)).toEqual(await model.predict(pairs));
    expect(again.fingerprint()).toBe(model.fingerprint());
    await again.save(folder); // onto itself
    using third = await loadCrossEncoder(folder);
    expect(third.fingerprint()).toBe(model.fingerprint());
  });
});

describe('what config.json and the layout say', () => {
  const { scores, logits } = cases.models['bert'] as (typeof cases.models)[string];

  test.each([
    ['nothing', {}, scores],
    ['sigmoid', { sentence_transformers: { activation_fn: 'torch.nn.modules.activation.Sigmoid' } }, scores],
    ['identity', { sentence_transformers: { activation_fn: 'torch.nn.modules.linear.Identity' } }, logits],
    [
      'identity, before 4',
      { sbert_ce_default_activation_function: 'torch.nn.modules.linear.Identity' },
      logits,
    ],
  ])('the old layout with %s', async (_, changes, want) => {
    using model = await loadCrossEncoder(variant('bert', old(changes)));
    expect(difference(await model.predict(pairs), want)).toBeLessThan(1e-5);
    expect(model.notices).toEqual([]);
    const folder = mkdtempSync(join(work, 'again-'));
    await model.save(folder);
    using again = await loadCrossEncoder(folder);
    expect(again.settings).toEqual(model.settings);
  });

  test('the new layout goes before config.json; what is given goes before both', async () => {
    const folder = variant('bert', {
      'config.json': { sentence_transformers: { activation_fn: 'torch.nn.modules.linear.Identity' } },
      'sentence_bert_config.json': { max_seq_length: 20 },
    });
    using model = await loadCrossEncoder(folder);
    expect(model.settings).toEqual({ maxSeqLength: 20, labels: 1, activation: 'sigmoid' });
    const settings = { maxSeqLength: 9, activation: 'identity' } as const;
    using given = await loadCrossEncoder(folder, { settings });
    expect(given.settings).toEqual({ ...settings, labels: 1 });
    const { sequences } = await given.tokenizePairs(pairs);
    expect(Math.max(...sequences.map(({ length }) => length))).toBe(9);
    const saved = mkdtempSync(join(work, 'short-'));
    await given.save(saved);
    expect(json(saved, 'tokenizer_config.json')['model_max_length']).toBe(9);
    using again = await loadCrossEncoder(saved);
    expect(again.settings).toEqual(given.settings);
    using long = await loadCrossEncoder(folder, { settings: { maxSeqLength: 1000 } });
    expect(long.settings.maxSeqLength).toBe(40); // its positions
  });

  test('an activation that is not of PyTorch is passed over, with a notice', async () => {
    using model = await loadCrossEncoder(
      variant('bert', { 'config_sentence_transformers.json': { activation_fn: 'mine.Activation' } }),
    );
    expect(model.settings.activation).toBe('sigmoid');
    expect(model.notices).toEqual([expect.stringContaining('mine.Activation')]);
  });

  test("names of labels and the task are kept, and labels of another number aren't", async () => {
    const folder = variant('bert-labels', { 'config.json': { problem_type: 'single_label_classification' } });
    using model = await loadCrossEncoder(folder);
    const saved = join(work, 'labels');
    await model.save(saved, { readme: 'mine' });
    expect(json(saved, 'config.json')).toMatchObject({
      architectures: ['BertForSequenceClassification'],
      id2label: { 0: 'no', 1: 'maybe', 2: 'yes' },
      label2id: { no: 0, maybe: 1, yes: 2 },
      problem_type: 'single_label_classification',
    });
    expect(readFileSync(join(saved, 'README.md'), 'utf8')).toBe('mine');
  });

  test('without a class in config.json, the weights say what it is', async () => {
    using model = await loadCrossEncoder(variant('bert', old({ architectures: null })));
    expect(difference(await model.predict(pairs), scores)).toBeLessThan(1e-5);
  });
});

describe('a folder without a head', () => {
  test('an embedding model gets a new one, and says so', async () => {
    using model = await loadCrossEncoder(goldenModel);
    expect(model.settings).toEqual({ maxSeqLength: 32, labels: 1, activation: 'sigmoid' });
    expect(model.notices).toEqual([expect.stringMatching(/no classification head.*trained/)]);
    const folder = join(work, 'from-embedding');
    await model.save(folder);
    expect(readdirSync(folder).sort()).toEqual([
      'README.md',
      'config.json',
      'config_sentence_transformers.json',
      'model.safetensors',
      'modules.json',
      'sentence_bert_config.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    using again = await loadCrossEncoder(folder);
    expect(again.notices).toEqual([]);
    expect(again.fingerprint()).toBe(model.fingerprint());
    expect(await again.predict(pairs)).toEqual(await model.predict(pairs));
  });

  test("a plain encoder's folder, with several labels", async () => {
    using source = await loadCrossEncoder(goldenCrossEncoder('roberta'));
    const folder = mkdtempSync(join(work, 'plain-'));
    cpSync(goldenCrossEncoder('roberta'), folder, { recursive: true });
    await saveEncoder(source.encoder, folder);
    using model = await loadCrossEncoder(folder, { settings: { labels: 4 } });
    expect(model.settings).toMatchObject({ labels: 4 });
    expect(model.notices.length).toBe(1);
    expect((await model.predict(pairs))[0]?.length).toBe(4);
  });

  test("the encoder of an embedding model's object", async () => {
    const { encoder, tokenizer, folder } = await loadEmbeddingModel(goldenModel);
    using model = crossEncoderFrom(encoder, tokenizer, { maxSeqLength: 24, ...(folder && { folder }) });
    const saved = join(work, 'from-object');
    await model.save(saved);
    using again = await loadCrossEncoder(saved);
    expect(again.settings).toEqual({ maxSeqLength: 24, labels: 1, activation: 'sigmoid' });
    expect(await again.predict(pairs)).toEqual(await model.predict(pairs));
  });
});

describe('the fingerprint', () => {
  test('changes with settings and weights', async () => {
    const folder = goldenCrossEncoder('bert');
    using model = await loadCrossEncoder(folder);
    using other = await loadCrossEncoder(folder, { settings: { activation: 'identity' } });
    using short = await loadCrossEncoder(folder, { settings: { maxSeqLength: 16 } });
    expect(new Set([model, other, short].map((each) => each.fingerprint())).size).toBe(3);
    const before = model.fingerprint();
    scope(() => void model.stateDict().get('head.classifier.bias')?.detach().add_(1));
    expect(model.fingerprint()).not.toBe(before);
  });
});

describe('what does not fit is a typed error', () => {
  test.each<[string, Readonly<Record<string, object | undefined>>, RegExp]>([
    [
      'another activation',
      old({ sentence_transformers: { activation_fn: 'torch.nn.Tanh' } }),
      /activation_fn.*Sigmoid/,
    ],
    [
      'a decoder',
      { 'sentence_bert_config.json': { transformer_task: 'text-generation' } },
      /transformer_task/,
    ],
    [
      'a prompt',
      { 'config_sentence_transformers.json': { prompts: { q: 'query: ' }, default_prompt_name: 'q' } },
      /default_prompt_name/,
    ],
    ['dropout', { 'config.json': { classifier_dropout: 1 } }, /classifier_dropout/],
    ['no config', { 'config.json': undefined }, /config\.json/],
    ['no weights', { 'model.safetensors': undefined }, /model\.safetensors/],
  ])('%s', async (_, files, message) => {
    const before = memory().liveTensors;
    const error = await loadCrossEncoder(variant('bert', files)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toMatch(message);
    expect(memory().liveTensors).toBe(before);
  });

  test('a module after the transformer', async () => {
    const folder = variant('bert', {});
    const type = 'sentence_transformers.cross_encoder.modules.LogitScore';
    const modules = [...(json(folder, 'modules.json') as unknown as object[]), { idx: 1, path: '1', type }];
    writeFileSync(join(folder, 'modules.json'), JSON.stringify(modules));
    await expect(loadCrossEncoder(folder)).rejects.toThrow(/a Transformer alone.*LogitScore/);
  });

  test('labels that the weights do not have, by config.json and as given', async () => {
    const before = memory().liveTensors;
    const folder = variant('bert', { 'config.json': { id2label: { 0: 'a', 1: 'b' } } });
    await expect(loadCrossEncoder(folder)).rejects.toThrow(StateDictError);
    const settings = { labels: 2 };
    await expect(loadCrossEncoder(goldenCrossEncoder('bert'), { settings })).rejects.toThrow(
      /labels.*1.*got 2/,
    );
    const wrong = { maxSeqLength: 0, other: 1 } as object;
    await expect(loadCrossEncoder(goldenCrossEncoder('bert'), { settings: wrong })).rejects.toThrow(
      /maxSeqLength[\s\S]*other/,
    );
    expect(memory().liveTensors).toBe(before);
  });
});
