import type { Json } from './configNode.ts';

const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/** Settings of BERT's tokenizer, as tokenizer_config.json names them, with the defaults of transformers. */
export interface BertTokenizerSettings {
  readonly doLowerCase: boolean;
  readonly tokenizeChineseChars: boolean;
  /** null: as `doLowerCase`. */
  readonly stripAccents: boolean | null;
}

/**
 * The tokenizer.json that a BERT folder with nothing but `vocab.txt` (one token a line, the line number is its id)
 * stands for. Undefined if the vocabulary lacks [UNK], [CLS] or [SEP].
 */
export function tokenizerJsonOfVocab(text: string, settings: BertTokenizerSettings): Json | undefined {
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  if (lines.at(-1) === '') lines.pop();
  const vocab = Object.fromEntries(lines.map((token, id) => [token, id]));
  const [cls, sep] = [vocab['[CLS]'], vocab['[SEP]']];
  if (vocab['[UNK]'] === undefined || cls === undefined || sep === undefined) return undefined;
  return {
    added_tokens: special
      .filter((content) => vocab[content] !== undefined)
      .map((content) => ({ id: vocab[content], content, ...plain })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: settings.tokenizeChineseChars,
      strip_accents: settings.stripAccents,
      lowercase: settings.doLowerCase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'BertProcessing', cls: ['[CLS]', cls], sep: ['[SEP]', sep] },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', vocab },
  };
}
