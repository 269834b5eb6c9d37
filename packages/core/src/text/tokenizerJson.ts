import { RagwrightError } from '../base/errors.ts';
import { JsonTokenizer } from './tokenizer.ts';
import type { Tokenizer } from './types.ts';

// What transformers calls the special tokens of most models.
const roles: readonly [role: string, texts: readonly string[]][] = [
  ['unk_token', ['[UNK]', '<unk>']],
  ['pad_token', ['[PAD]', '<pad>']],
  ['cls_token', ['[CLS]', '<s>']],
  ['sep_token', ['[SEP]', '</s>']],
  ['mask_token', ['[MASK]', '<mask>']],
];

/**
 * A tokenizer as the files that transformers and text-embeddings-inference load, by name: `tokenizer.json` and
 * `tokenizer_config.json`. For tokenizers that were made here; those of a model folder are better copied.
 *
 * @param maxLength longest text in tokens, for `model_max_length`
 * @throws RagwrightError for a tokenizer of another kind
 */
export function tokenizerJson(tokenizer: Tokenizer, maxLength: number): Readonly<Record<string, unknown>> {
  if (!(tokenizer instanceof JsonTokenizer)) {
    throw new RagwrightError(
      'tokenizerJson: only a tokenizer made from a tokenizer.json can be written as one',
    );
  }
  const { definition, specialTokens } = tokenizer;
  const { model, normalizer, pre_tokenizer, post_processor, decoder, added_tokens } = definition;
  const named = roles.flatMap(([role, texts]) => {
    const text = texts.find((each) => Object.hasOwn(specialTokens, each));
    return text === undefined ? [] : [[role, text]];
  });
  return {
    'tokenizer.json': {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added_tokens ?? [],
      normalizer,
      pre_tokenizer,
      post_processor,
      decoder,
      model,
    },
    'tokenizer_config.json': {
      tokenizer_class: 'PreTrainedTokenizerFast',
      model_max_length: maxLength,
      truncation_side: definition.truncationSide,
      model_input_names: ['input_ids', ...(definition.segments ? ['token_type_ids'] : []), 'attention_mask'],
      ...Object.fromEntries(named),
    },
  };
}
