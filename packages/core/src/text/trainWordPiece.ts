import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
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

/** Runs in a process of its own: the library draws progress on standard output, which may be somebody's JSON. */
const program = `
const [library, texts, out] = process.argv.slice(1);
const { createRequire } = await import('node:module');
const { writeFileSync } = await import('node:fs');
const { Tokenizer, WordPiece, bertNormalizer, bertPreTokenizer } = createRequire(library)(library);
const tokenizer = new Tokenizer(WordPiece.empty());
tokenizer.setNormalizer(bertNormalizer());
tokenizer.setPreTokenizer(bertPreTokenizer());
tokenizer.train([texts]);
writeFileSync(out, JSON.stringify(tokenizer.getVocab(false)));
`;

/** Token → rank: characters first, then pieces in the order in which they were merged. */
async function learnedVocabulary(texts: Iterable<string>): Promise<[string, number][]> {
  const library = pathOfLibrary();
  const folder = await mkdtemp(join(tmpdir(), 'ragwright-vocabulary-'));
  try {
    const [file, out] = [join(folder, 'texts.txt'), join(folder, 'vocabulary.json')];
    await writeFile(file, linesOf(texts));
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, library, file, out]);
    return Object.entries(JSON.parse(await readFile(out, 'utf8')));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function pathOfLibrary(): string {
  try {
    return createRequire(import.meta.url).resolve('tokenizers');
  } catch (cause) {
    const message = 'trainWordPiece needs the package `tokenizers`: npm install tokenizers';
    throw new RagwrightError(message, { cause });
  }
}

function* linesOf(texts: Iterable<string>): Generator<string> {
  for (const text of texts) yield `${text.replaceAll(/\s+/g, ' ')}\n`;
}
