import { manualSeed } from '@ragwright/torch';
import { SeededRandom } from '../../base/rng.ts';
import { EmbeddingModel, Normalize } from '../../models/embedding/index.ts';
import { newEncoder } from '../../models/index.ts';
import { tokenizerFromJson } from '../../text/index.ts';
import type { TrainingPair } from '../pairs/types.ts';
import type { DevSet } from './embedder.ts';

/*
 * A corpus that only training can make sense of: each topic has words that its questions use and other words that
 * its documents use. No word is shared, so an untrained model can only guess.
 */
const topics = 20;
const wordsEach = 4;
const wordOf = (kind: 'ask' | 'tell', topic: number, i: number): string => `${kind}${topic}x${i}`;
const filler = Array.from({ length: 10 }, (_, i) => `the${i}`);

function textOf(kind: 'ask' | 'tell', topic: number, random: SeededRandom): string {
  const own = Array.from({ length: wordsEach }, (_, i) => wordOf(kind, topic, i));
  return random.shuffle([...random.sample(own, 2), ...random.sample(filler, 3)]).join(' ');
}

export interface Topics {
  readonly pairs: readonly TrainingPair[];
  readonly dev: DevSet;
}

/** The same for the same seed. Each pair has a hard negative of another topic. */
export function topicsCorpus(seed = 7, count = topics, pairsEach = 6): Topics {
  const random = new SeededRandom(seed);
  const all = Array.from({ length: count }, (_, topic) => topic);
  const pairs = all.flatMap((topic) =>
    Array.from({ length: pairsEach }, (_, i): TrainingPair => {
      const negatives = [textOf('tell', (topic + 1 + random.below(count - 1)) % count, random)];
      const query = textOf('ask', topic, random);
      return { query, positive: textOf('tell', topic, random), negatives, queryId: `${topic}-${i}` };
    }),
  );
  const corpus = new Map(
    all.flatMap((t) => [0, 1].map((i) => [`d${t}-${i}`, textOf('tell', t, random)] as const)),
  );
  const queries = new Map(all.map((topic) => [`q${topic}`, textOf('ask', topic, random)] as const));
  const judgements = new Map(
    all.map((topic) => [`q${topic}`, new Map([0, 1].map((i) => [`d${topic}-${i}`, 1] as const))] as const),
  );
  return { pairs, dev: { corpus, queries, judgements, metrics: ['recall@10'] } };
}

/** A new BERT of two layers over the corpus's words; the same weights for the same seed. */
export function tinyEmbedder(seed = 1, dropout = 0.1): EmbeddingModel {
  const words = Array.from({ length: topics }, (_, topic) =>
    Array.from({ length: wordsEach }, (_, i) => [wordOf('ask', topic, i), wordOf('tell', topic, i)]),
  ).flat(2);
  const tokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...filler, ...words];
  const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  const tokenizer = tokenizerFromJson({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: tokens.slice(0, 5).map((content, id) => {
      return {
        id,
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      };
    }),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [special('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, special('[SEP]')],
      pair: [
        special('[CLS]'),
        { Sequence: { id: 'A', type_id: 0 } },
        special('[SEP]'),
        { Sequence: { id: 'B', type_id: 1 } },
      ],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
      },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  });
  manualSeed(seed);
  const encoder = newEncoder({
    model_type: 'bert',
    vocab_size: tokens.length,
    hidden_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    intermediate_size: 64,
    max_position_embeddings: 32,
    hidden_dropout_prob: dropout,
    attention_probs_dropout_prob: dropout,
  });
  return new EmbeddingModel({
    encoder,
    tokenizer,
    heads: [new Normalize()],
    settings: {
      pooling: { modes: ['mean'], includePrompt: true },
      maxSeqLength: 16,
      prompts: {},
      defaultPromptName: null,
      similarity: 'cosine',
      truncateDimensions: null,
      lowercase: false,
    },
  });
}

export const weightsOf = (model: EmbeddingModel): Map<string, unknown> =>
  new Map([...model.stateDict()].map(([name, tensor]) => [name, tensor.toArray()]));
