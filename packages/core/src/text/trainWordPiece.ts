import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RagwrightError } from '../base/errors.ts';

/** BERT's special tokens, in the order of their ids here. */
export const wordPieceSpecialTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;

export interface TrainWordPieceOptions {
  /** Tokens in all, special ones included; fewer if the texts don't yield as many. Default 8000. */
  readonly vocabSize?: number;
}

/**
 * Learns an uncased WordPiece vocabulary from texts and returns it as the content of a `tokenizer.json`, with
 * BERT's normalizer, pre-tokenizer and special tokens. The training itself is Hugging Face's `tokenizers`.
 *
 * @throws RagwrightError if `tokenizers` is not installed, or the texts hold no words
 */
export async function trainWordPiece(
  texts: Iterable<string>,
  options: TrainWordPieceOptions = {},
): Promise<Readonly<Record<string, unknown>>> {
  const { vocabSize = 8000 } = options;
  const learned = await learnedVocabulary(texts);
  const special: readonly string[] = wordPieceSpecialTokens;
  const words = [...learned].sort((a, b) => a[1] - b[1]).map(([token]) => token);
  const tokens = [...special, ...words.filter((token) => !special.includes(token))].slice(0, vocabSize);
  if (words.length === 0) throw new RagwrightError('trainWordPiece: the texts hold no words to learn from');
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [specialPiece('[CLS]', 0), sequencePiece('A', 0), specialPiece('[SEP]', 0)],
      pair: [
        specialPiece('[CLS]', 0),
        sequencePiece('A', 0),
        specialPiece('[SEP]', 0),
        sequencePiece('B', 1),
        specialPiece('[SEP]', 1),
      ],
      special_tokens: Object.fromEntries(
        ['[CLS]', '[SEP]'].map((id) => [id, { id, ids: [special.indexOf(id)], tokens: [id] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  };
}

const specialPiece = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
const sequencePiece = (id: string, type_id: number) => ({ Sequence: { id, type_id } });

/** Token → rank: characters first, then pieces in the order in which they were merged. */
async function learnedVocabulary(texts: Iterable<string>): Promise<[string, number][]> {
  const library = await import('tokenizers').catch((cause: Error) => {
    const message = 'trainWordPiece needs the package `tokenizers`: npm install tokenizers';
    throw new RagwrightError(message, { cause });
  });
  const tokenizer = new library.Tokenizer(library.WordPiece.empty() as never);
  tokenizer.setNormalizer(library.bertNormalizer());
  tokenizer.setPreTokenizer(library.bertPreTokenizer());
  const folder = await mkdtemp(join(tmpdir(), 'ragwright-vocabulary-'));
  try {
    const file = join(folder, 'texts.txt');
    await writeFile(file, linesOf(texts));
    tokenizer.train([file]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return Object.entries(tokenizer.getVocab(false));
}

function* linesOf(texts: Iterable<string>): Generator<string> {
  for (const text of texts) yield `${text.replaceAll(/\s+/g, ' ')}\n`;
}
