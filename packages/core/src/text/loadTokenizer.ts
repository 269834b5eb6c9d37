import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../base/errors.ts';
import { isJson, type Json } from './configNode.ts';
import { definitionOf, type TokenizerSettings } from './definition.ts';
import { JsonTokenizer } from './tokenizer.ts';
import type { Tokenizer } from './types.ts';
import { tokenizerJsonOfVocab } from './vocabFile.ts';

export interface LoadTokenizerOptions {
  /** Lower-case before everything else, besides what tokenizer.json does; default false. */
  readonly lowercase?: boolean;
}

/** The files of a folder that a tokenizer may be made of, for those who copy a model. */
export const tokenizerFiles = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  'sentencepiece.bpe.model',
  'spiece.model',
  'chat_template.jinja',
] as const;

/**
 * The tokenizer of a model folder: `tokenizer.json`, or BERT's `vocab.txt`, with `tokenizer_config.json` beside it.
 * Truncation and padding that tokenizer.json prescribes are not applied: callers give their own `maxLength`.
 *
 * @throws ConfigError if there is neither, or something is wrong with it; it lists all problems
 */
export async function loadTokenizer(folder: string, options: LoadTokenizerOptions = {}): Promise<Tokenizer> {
  const config = (await readJson(join(folder, 'tokenizer_config.json'))) ?? {};
  const file = join(folder, 'tokenizer.json');
  const json = await readJson(file);
  const settings = settingsOf(config, options);
  if (json) return new JsonTokenizer(definitionOf(file, json, settings));
  const vocabFile = join(folder, 'vocab.txt');
  const vocab = await readText(vocabFile);
  if (vocab === undefined) {
    const expected = 'tokenizer.json, or vocab.txt of a BERT';
    throw new ConfigError(folder, [{ field: '', expected, got: 'neither' }]);
  }
  const made = tokenizerJsonOfVocab(vocab, {
    doLowerCase: config['do_lower_case'] !== false,
    tokenizeChineseChars: config['tokenize_chinese_chars'] !== false,
    stripAccents: typeof config['strip_accents'] === 'boolean' ? config['strip_accents'] : null,
  });
  if (made) return new JsonTokenizer(definitionOf(vocabFile, made, settings));
  const expected = 'a BERT vocabulary with [UNK], [CLS] and [SEP], one token a line';
  throw new ConfigError(vocabFile, [
    { field: '', expected, got: `${vocab.split('\n').length} lines without` },
  ]);
}

/**
 * A tokenizer from the content of a `tokenizer.json`.
 *
 * @throws ConfigError that lists everything that is wrong with it
 */
export function tokenizerFromJson(json: unknown, options: LoadTokenizerOptions = {}): Tokenizer {
  if (!isJson(json))
    throw new ConfigError('tokenizer.json', [{ field: '', expected: 'an object', got: typeof json }]);
  return new JsonTokenizer(definitionOf('tokenizer.json', json, settingsOf({}, options)));
}

// Their models have no segments, whatever the tokenizer says of pairs. The last one is what transformers 5 writes for
// a tokenizer of no particular model, which it gives no segments.
const withoutSegments = /^(XLM)?-?(Roberta|DistilBert|MPNet|Camembert|Bart|ModernBert|TokenizersBackend)/i;

function settingsOf(config: Json, options: LoadTokenizerOptions): TokenizerSettings {
  const inputs = config['model_input_names'];
  const named = Array.isArray(inputs) ? inputs.includes('token_type_ids') : undefined;
  const longest = config['model_max_length'];
  // transformers writes 10³⁰ for "unlimited"
  const sensible = typeof longest === 'number' && longest > 0 && longest < 1e9;
  return {
    lowercase: options.lowercase ?? false,
    truncationSide: config['truncation_side'] === 'left' ? 'left' : 'right',
    segments: named ?? !withoutSegments.test(String(config['tokenizer_class'] ?? '')),
    ...(sensible && { modelMaxLength: Math.floor(longest) }),
  };
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const got = (cause as Error).message;
    throw new ConfigError(file, [{ field: '', expected: 'a readable file', got }], { cause });
  }
}

async function readJson(file: string): Promise<Json | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(file, [{ field: '', expected: 'JSON', got: (cause as Error).message }], { cause });
  }
  if (isJson(value)) return value;
  throw new ConfigError(file, [{ field: '', expected: 'a JSON object', got: typeof value }]);
}
