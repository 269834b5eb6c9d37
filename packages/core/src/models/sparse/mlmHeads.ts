import type { Tensor } from '@ragwright/torch';
import { type ActivationName, activations, Embedding } from '@ragwright/torch/nn';
import { ConfigReader } from '../configFile.ts';
import { EncoderStateError } from '../saveEncoder.ts';
import type { Encoder } from '../types.ts';
import type { MlmHeadShape } from './mlmHead.ts';

/** How files name a head, and the class of the model that has it. */
export interface MlmHeadNames {
  /** transformers' class. */
  readonly className: string;
  readonly dense: string;
  readonly norm: string;
  /** Of the logits; the first is written, all are read. */
  readonly bias: readonly [string, ...string[]];
  /** Weight of the last layer, where a file has it: the word embeddings again. */
  readonly decoder: string;
}

interface MlmHeadKind {
  readonly names: MlmHeadNames;
  shape(reader: ConfigReader): Omit<MlmHeadShape, 'hiddenSize' | 'vocabSize' | 'initializerRange'>;
}

const names = Object.keys(activations) as ActivationName[];
const biased = { denseBias: true, normBias: true, bias: true } as const;

/** RoBERTa's and MPNet's: GELU whatever the config says. */
const lmHead = (className: string): MlmHeadKind => ({
  names: {
    className,
    dense: 'lm_head.dense',
    norm: 'lm_head.layer_norm',
    bias: ['lm_head.bias', 'lm_head.decoder.bias'],
    decoder: 'lm_head.decoder.weight',
  },
  shape: (reader) => ({
    ...biased,
    activation: 'gelu',
    normEps: reader.number('layer_norm_eps', 1e-12, 0),
  }),
});

const kinds: Readonly<Record<string, MlmHeadKind>> = {
  bert: {
    names: {
      className: 'BertForMaskedLM',
      dense: 'cls.predictions.transform.dense',
      norm: 'cls.predictions.transform.LayerNorm',
      bias: ['cls.predictions.bias', 'cls.predictions.decoder.bias'],
      decoder: 'cls.predictions.decoder.weight',
    },
    shape: (reader) => ({
      ...biased,
      activation: reader.name('hidden_act', 'gelu', names),
      normEps: reader.number('layer_norm_eps', 1e-12, 0),
    }),
  },
  distilbert: {
    names: {
      className: 'DistilBertForMaskedLM',
      dense: 'vocab_transform',
      norm: 'vocab_layer_norm',
      bias: ['vocab_projector.bias'],
      decoder: 'vocab_projector.weight',
    },
    shape: (reader) => ({ ...biased, activation: reader.name('activation', 'gelu', names), normEps: 1e-12 }),
  },
  roberta: lmHead('RobertaForMaskedLM'),
  'xlm-roberta': lmHead('XLMRobertaForMaskedLM'),
  mpnet: lmHead('MPNetForMaskedLM'),
  modernbert: {
    names: {
      className: 'ModernBertForMaskedLM',
      dense: 'head.dense',
      norm: 'head.norm',
      bias: ['decoder.bias'],
      decoder: 'decoder.weight',
    },
    shape: (reader) => ({
      activation: reader.name('classifier_activation', 'gelu', names),
      normEps: reader.number('norm_eps', 1e-5, 0),
      denseBias: reader.flag('classifier_bias', false),
      normBias: reader.flag('norm_bias', false),
      bias: reader.flag('decoder_bias', true),
    }),
  },
};

/**
 * The head that an encoder's masked language model has, and its names.
 *
 * @throws ConfigError for an architecture without one, fields that are wrong, and a head that is not tied to the word
 *   embeddings
 */
export function mlmHeadOf({ config }: Encoder): {
  readonly names: MlmHeadNames;
  readonly shape: MlmHeadShape;
} {
  const reader = new ConfigReader('config.json', config.json);
  const kind = Object.hasOwn(kinds, config.modelType) ? kinds[config.modelType] : undefined;
  if (!kind) {
    const expected = `one with a masked-language-model head: ${Object.keys(kinds).join(', ')}`;
    reader.problem('model_type', expected, config.modelType);
    reader.finish();
  }
  reader.only('tie_word_embeddings', true);
  const { names, shape } = kind as MlmHeadKind;
  const { hiddenSize, vocabSize, initializerRange } = config;
  const made = { ...shape(reader), hiddenSize, vocabSize, initializerRange };
  reader.finish();
  return { names, shape: made };
}

/** An encoder's word embeddings [vocab, hidden], live. */
export function wordEmbeddings(encoder: Encoder): Tensor {
  for (const [name, module] of encoder.namedModules())
    if (module instanceof Embedding && /(^|\.)(word|tok)_embeddings$/.test(name)) return module.weight;
  throw new EncoderStateError(
    'the encoder has no word embeddings that a masked-language-model head could use',
  );
}
