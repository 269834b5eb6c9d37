import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../base/errors.ts';
import { loadTokenizer, tokenizerFromJson } from './loadTokenizer.ts';
import { tokenizerJson } from './tokenizerJson.ts';

const golden = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../golden/tokenizers/${name}`, import.meta.url)), 'utf8');
const wordPiece = JSON.parse(golden('wordpiece.json'));
const { texts } = JSON.parse(golden('texts.json')) as { texts: string[] };
const ids = (tokenizer: { encode(text: string): { ids: Int32Array } }) =>
  texts.map((text) => [...tokenizer.encode(text).ids]);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragwright-tokenizer-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const write = (name: string, content: unknown) =>
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));

describe('a folder', () => {
  test('with tokenizer.json and tokenizer_config.json', async () => {
    write('tokenizer.json', wordPiece);
    write('tokenizer_config.json', {
      model_max_length: 512,
      model_input_names: ['input_ids', 'attention_mask'],
    });
    const tokenizer = await loadTokenizer(folder);
    expect(tokenizer.modelMaxLength).toBe(512);
    expect(tokenizer.encodePair('a', 'b').segmentIds).toBeUndefined();
    expect(tokenizer.specialTokens).toEqual({ '[PAD]': 0, '[UNK]': 1, '[CLS]': 2, '[SEP]': 3, '[MASK]': 4 });
    expect(tokenizer.vocabSize).toBe(Object.keys(wordPiece.model.vocab).length + 2); // two were added
    write('tokenizer_config.json', { model_max_length: 1e30, tokenizer_class: 'BertTokenizer' });
    const unlimited = await loadTokenizer(folder);
    expect(unlimited.modelMaxLength).toBeUndefined();
    expect(unlimited.encodePair('a', 'b').segmentIds).toEqual(Int32Array.of(0, 0, 0, 1, 1));
  });

  test('with nothing but vocab.txt of a BERT', async () => {
    const vocab = Object.keys(wordPiece.model.vocab).sort(
      (a, b) => wordPiece.model.vocab[a] - wordPiece.model.vocab[b],
    );
    write('vocab.txt', `${vocab.join('\r\n')}\r\n`);
    const plain = tokenizerFromJson({ ...wordPiece, added_tokens: wordPiece.added_tokens.slice(0, 5) });
    const uncased = await loadTokenizer(folder);
    expect(ids(uncased)).toEqual(ids(plain));
    expect(uncased.encodePair('a', 'b').segmentIds).toEqual(plain.encodePair('a', 'b').segmentIds);
    write('tokenizer_config.json', { do_lower_case: false });
    const cased = await loadTokenizer(folder);
    expect(cased.encode('HELLO').ids).not.toEqual(cased.encode('hello').ids);
    expect(cased.fingerprint).not.toBe(uncased.fingerprint);
  });

  test('written from a tokenizer gives it back', async () => {
    const made = tokenizerFromJson(wordPiece);
    for (const [name, content] of Object.entries(tokenizerJson(made, 99))) write(name, content);
    const again = await loadTokenizer(folder);
    expect(ids(again)).toEqual(ids(made));
    expect(again.modelMaxLength).toBe(99);
    expect(again.encodePair('a', 'b')).toEqual(made.encodePair('a', 'b'));
  });

  test('without either is an error that says what is missing', async () => {
    await expect(loadTokenizer(folder)).rejects.toThrow(
      /expected tokenizer.json, or vocab.txt of a BERT, got neither/,
    );
    write('vocab.txt', 'just\nwords\n');
    await expect(loadTokenizer(folder)).rejects.toThrow(/with \[UNK\], \[CLS\] and \[SEP\]/);
    write('tokenizer.json', '{"model": ');
    await expect(loadTokenizer(folder)).rejects.toThrow(ConfigError);
  });
});

describe('a malformed tokenizer.json', () => {
  test('is an error with every problem and its place', () => {
    const broken = {
      ...wordPiece,
      normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Magic' }] },
      pre_tokenizer: { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated' },
      model: { type: 'WordPiece', vocab: { a: 0, b: -1 }, unk_token: '[UNK]' },
      added_tokens: [{ id: 1 }],
      post_processor: { type: 'TemplateProcessing', single: [{ SpecialToken: { id: 'X' } }], pair: 7 },
    };
    let error: unknown;
    try {
      tokenizerFromJson(broken);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems.map(({ field }) => field)).toEqual([
      'normalizer.normalizers.1',
      'pre_tokenizer',
      'model.vocab."b"',
      'model.unk_token',
      'post_processor.single.0',
      'post_processor.pair',
      'added_tokens.0',
    ]);
  });

  test.each([
    ['null', null],
    ['a list', []],
    ['empty', {}],
    ['no model', { ...wordPiece, model: null }],
    ['a model of no known type', { ...wordPiece, model: { type: 'Markov', vocab: {} } }],
    ['merges that are none', { model: { type: 'BPE', vocab: { a: 0 }, merges: [1] } }],
    ['Unigram without scores', { model: { type: 'Unigram', vocab: ['a'], unk_id: 0 } }],
    ['Unigram without unknown token', { model: { type: 'Unigram', vocab: [['a', -1]], unk_id: 5 } }],
    [
      'a character map that is cut off',
      { ...wordPiece, normalizer: { type: 'Precompiled', precompiled_charsmap: '//8A' } },
    ],
    ['a decoder of no known type', { ...wordPiece, decoder: { type: 'Nope' } }],
  ])('%s', (_, json) => {
    expect(() => tokenizerFromJson(json).decode([5])).toThrow(ConfigError);
  });

  test('mutated at random is a tokenizer or a ConfigError', () => {
    for (const kind of ['wordpiece', 'bytelevel', 'unigram', 'split']) {
      const json = JSON.parse(golden(`${kind}.json`));
      for (const part of ['normalizer', 'pre_tokenizer', 'post_processor', 'model', 'added_tokens']) {
        for (const junk of [7, 'x', [], {}, [null], { type: 'Sequence' }, { type: part }, true]) {
          try {
            tokenizerFromJson({ ...json, [part]: junk }).encode('Hello, world!');
          } catch (error) {
            expect(error, `${kind} ${part} ${JSON.stringify(junk)}`).toBeInstanceOf(ConfigError);
          }
        }
      }
    }
  });
});

test('lower-casing can be asked for', () => {
  const cased = tokenizerFromJson(JSON.parse(golden('cased.json')));
  const lowered = tokenizerFromJson(JSON.parse(golden('cased.json')), { lowercase: true });
  expect(lowered.encode('THE Patient ΟΔΟΣ').ids).toEqual(cased.encode('the patient οδοσ').ids);
  expect(lowered.fingerprint).not.toBe(cased.fingerprint);
});

test('decode passes over ids that are not there, and keeps special tokens if asked to', () => {
  const tokenizer = tokenizerFromJson(wordPiece);
  const { ids: all } = tokenizer.encode('the patient');
  expect(tokenizer.decode([...all, 1e9, -1])).toBe('the patient');
  expect(tokenizer.decode(all, { skipSpecialTokens: false })).toBe('[CLS] the patient [SEP]');
  expect(tokenizer.decode([])).toBe('');
});
